// SPDX-License-Identifier: Apache-2.0
// The same for C++: new, delete and the containers stand on malloc() and free() of the host.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "esp_heap_caps.h"

extern "C" void app_main(void)
{
	std::map<std::string, std::vector<int>> lists;
	auto one = std::make_unique<std::string>(100, 'x');
	char *ours = static_cast<char *>(heap_caps_malloc(10, MALLOC_CAP_SPIRAM));

	for (int i = 0; i < 100; i++)
		lists[std::to_string(i % 7) + *one].push_back(i);
	std::free(std::realloc(std::malloc(1), 1000));
	operator delete(operator new(10));
	delete[] new int[1000];
	heap_caps_free(ours);
	if (ours != nullptr && lists.size() == 7)
		std::puts("all good");
}
