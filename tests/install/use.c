/* SPDX-License-Identifier: Apache-2.0 */
#include <epsilon.h>
#include <stdio.h>

int main(void) {
    epsilon_runtime_t* runtime = NULL;
    epsilon_error_t* error = epsilon_runtime_new(NULL, &runtime);
    if (error) {
        fprintf(stderr, "%s\n", epsilon_error_message(error, NULL));
        epsilon_error_delete(error);
        return 1;
    }
    epsilon_runtime_delete(runtime);
    puts(epsilon_version());
    return 0;
}
