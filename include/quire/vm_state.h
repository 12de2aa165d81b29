/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the virtual memory of a space is made of, complete so that it can stand in static memory.
 * Nothing in here is for users to touch.
 */
#ifndef QUIRE_VM_STATE_H
#define QUIRE_VM_STATE_H

struct quire_vm {
	struct quire_vm_config config;
	struct quire_frame_list
		zero_page; /* the frame that lazy pages share; empty if there is none */
	uint8_t kept;      /* bit w: the last page of window w is reserved */
	/* Changed with the space's lock held. */
	uint32_t mappings;
	uint32_t anonymous, lazy, physical, guards; /* pages */
	uint32_t promised;                          /* frames that are promised for lazy pages */
	uint32_t flying; /* frames taken of those, by faults that have not put them anywhere yet */
	uint32_t faults;
};

#endif
