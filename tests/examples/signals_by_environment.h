/* SPDX-License-Identifier: Apache-2.0 */
/* Read before an example: its runtimes use no signals where EPSILON_TEST_SIGNALS=off, for valgrind
 * (tools/valgrind.sh). */
#ifndef TESTS_EXAMPLES_SIGNALS_BY_ENVIRONMENT_H
#define TESTS_EXAMPLES_SIGNALS_BY_ENVIRONMENT_H

#define _POSIX_C_SOURCE 200809L /* as the examples that need it */
#include <epsilon.h>
#include <stdlib.h>
#include <string.h>

static inline epsilon_error_t* example_runtime_new(const epsilon_config_t* config,
                                                   epsilon_runtime_t** out) {
    epsilon_config_t* made = NULL;
    epsilon_error_t* error = NULL;
    const char* signals = getenv("EPSILON_TEST_SIGNALS");
    if (signals != NULL && strcmp(signals, "off") == 0) {
        /* A configuration cannot be copied, but it is the example's own and can be changed. */
        if (config == NULL) error = epsilon_config_new(&made);
        if (config == NULL) config = made;
        if (!error) error = epsilon_config_set_signals((epsilon_config_t*)config, false);
    }
    if (!error) error = epsilon_runtime_new(config, out);
    epsilon_config_delete(made);
    return error;
}

#define epsilon_runtime_new example_runtime_new

#endif
