/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a WASI program over the C API, as `epsilon run` does:
 *
 *     epsilon_wasi_runner [--dir HOST::GUEST] [--dir-ro HOST::GUEST] [--env NAME=VALUE]
 *                         [--timeout MS] [--mode MODE] program.wasm [argument...]
 *
 * A mode says how it is executed: interpreter, compiled, tiered (the default), hot (compiled as
 * soon as possible), or random (tiers that change at random).
 * The standard streams are its own, and so is the exit status. */
#include <epsilon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(epsilon_error_t* error) {
    if (error != NULL) {
        fflush(stdout);
        fprintf(stderr, "error: %s: %s\n", epsilon_error_kind_name(epsilon_error_kind(error)),
                epsilon_error_message(error, NULL));
        exit(134);
    }
}

static uint8_t* read_file(const char* path, size_t* size) {
    FILE* file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t* bytes = malloc(*size + 1);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

static void set_mode(epsilon_config_t* config, const char* mode) {
    if (strcmp(mode, "interpreter") == 0) {
        must(epsilon_config_set_tiers(config, EPSILON_TIERS_INTERPRETER));
    } else if (strcmp(mode, "compiled") == 0) {
        must(epsilon_config_set_tiers(config, EPSILON_TIERS_COMPILED));
    } else if (strcmp(mode, "hot") == 0) {
        must(epsilon_config_set_tier_thresholds(config, 1, 1));
    } else if (strcmp(mode, "random") == 0) {
        must(epsilon_config_set_random_tiers(config, 1));
    } else if (strcmp(mode, "tiered") != 0) {
        fprintf(stderr, "unknown mode %s\n", mode);
        exit(2);
    }
}

int main(int argc, char** argv) {
    epsilon_wasi_t* wasi = NULL;
    epsilon_config_t* config = NULL;
    uint64_t timeout_ms = 0;
    must(epsilon_wasi_new(&wasi));
    must(epsilon_config_new(&config));
    int next = 1;
    for (; next + 1 < argc && argv[next][0] == '-'; next += 2) {
        const char* option = argv[next];
        char* value = argv[next + 1];
        if (strcmp(option, "--dir") == 0 || strcmp(option, "--dir-ro") == 0) {
            const char* guest = strstr(value, "::");
            const size_t host_size = guest == NULL ? strlen(value) : (size_t)(guest - value);
            guest = guest == NULL ? value : guest + 2;
            must(epsilon_wasi_preopen_dir(wasi, value, host_size, guest, strlen(guest),
                                          option[5] != '\0'));
        } else if (strcmp(option, "--env") == 0 && strchr(value, '=') != NULL) {
            const char* text = strchr(value, '=');
            must(epsilon_wasi_add_env(wasi, value, (size_t)(text - value), text + 1,
                                      strlen(text + 1)));
        } else if (strcmp(option, "--timeout") == 0) {
            timeout_ms = strtoull(value, NULL, 10);
        } else if (strcmp(option, "--mode") == 0) {
            set_mode(config, value);
        } else {
            fprintf(stderr, "unknown option %s\n", option);
            return 2;
        }
    }
    if (next >= argc) {
        fprintf(stderr, "usage: %s [options] program.wasm [argument...]\n", argv[0]);
        return 2;
    }
    for (int i = next; i < argc; ++i) {
        must(epsilon_wasi_add_arg(wasi, argv[i], strlen(argv[i])));
    }
    for (int stream = 0; stream < 3; ++stream) {
        must(epsilon_wasi_set_stream_fd(wasi, (epsilon_wasi_stream_t)stream, stream, true));
    }

    size_t size = 0;
    uint8_t* bytes = read_file(argv[next], &size);
    epsilon_compiled_t* compiled = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_imports_t* imports = NULL;
    epsilon_module_t* module = NULL;
    int32_t status = 0;
    must(epsilon_compiled_new(NULL, bytes, size, &compiled));
    free(bytes);
    must(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    must(epsilon_imports_new(&imports));
    must(epsilon_imports_add_wasi(imports, wasi));
    must(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    must(epsilon_wasi_run(module, timeout_ms, UINT64_MAX, &status));
    epsilon_module_delete(module);
    epsilon_imports_delete(imports);
    epsilon_runtime_delete(runtime);
    epsilon_compiled_delete(compiled);
    epsilon_wasi_delete(wasi);
    return status;
}
