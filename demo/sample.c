// SPDX-License-Identifier: Apache-2.0
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "markdown.h"

static const char sample[] =
    "# Sample\n\n"
    "A *short* text with `code`, **bold** & a [link](https://example.org).\n\n"
    "- one\n- two\n  1. nested\n\n"
    "| name | size |\n|:--|--:|\n| page | 65536 |\n";

uint64_t sample_hash(void) {
    MarkdownResult result;
    if (markdown_to_html(sample, strlen(sample), &result) != 0) return 0;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < result.length; i++)
        hash = (hash ^ (unsigned char)result.data[i]) * 0x100000001b3u;
    free(result.data);
    return hash >> 1;
}
