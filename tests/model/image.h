/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a space is made of, bit for bit: to prove that a call which failed changed nothing,
 * and to go back to an earlier state without replaying what led there.
 *
 * Not part of the state, and masked when images are compared: the counter of searches, the extent
 * that each window remembers as found last, and the walkers' counters.
 */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H

#include "model/rig.h"

struct image {
	unsigned char *bytes;
	size_t size; /* of the space, its memory, tables and pools */
	size_t room; /* with the model behind them */
};

/* Memory for images of this rig; false if there is none. */
bool image_open(struct image *image, struct rig *rig);
void image_close(struct image *image);

/* Keep the rig's state, the model's included. */
void image_take(struct image *image, struct rig *rig);

/* Make it the rig's state again. */
void image_put(const struct image *image, struct rig *rig);

/* NULL if the space (not the model) is as in the image; else what is not. */
const char *image_differs(const struct image *image, struct rig *rig);

#endif
