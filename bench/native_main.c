// SPDX-License-Identifier: Apache-2.0
// Driver of a kernel compiled to native code. With arguments, `native_NAME N`, it calls run(N) and
// prints the checksum. Without, it is a worker as all engines have one (suite/workers.py): it reads
// an N a line and answers each with the checksum.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/kernel.h"

int main(int argc, char** argv) {
    if (argc > 1) {
        printf("%" PRIu64 "\n", run((uint32_t)strtoul(argv[1], NULL, 10)));
        return 0;
    }
    puts("ready");
    fflush(stdout);
    uint32_t n;
    while (scanf("%" SCNu32, &n) == 1) {
        printf("%" PRIu64 "\n", run(n));
        fflush(stdout);
    }
    return 0;
}
