// SPDX-License-Identifier: Apache-2.0
// Six bodies under gravity: doubles, divisions and square roots; the checksum is the bits of all
// positions and of the energy.
#include "kernel.h"

enum { bodies = 6 };

typedef struct {
    double x, y, z, vx, vy, vz, mass;
} Body;

static Body body[bodies];

static void start(void) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < bodies; i++) {
        double* fields = &body[i].x;
        for (int k = 0; k < 6; k++)
            fields[k] = (double)(int64_t)(next_random(&state) >> 44) / 131072.0 - 4.0;
        body[i].mass = 0.01 + 0.05 * i;
    }
}

static NOINLINE void advance(double dt) {
    for (int i = 0; i < bodies; i++)
        for (int j = i + 1; j < bodies; j++) {
            Body *a = &body[i], *b = &body[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz + 0.01;
            double force = dt / (square * __builtin_sqrt(square));
            a->vx -= dx * b->mass * force;
            a->vy -= dy * b->mass * force;
            a->vz -= dz * b->mass * force;
            b->vx += dx * a->mass * force;
            b->vy += dy * a->mass * force;
            b->vz += dz * a->mass * force;
        }
    for (int i = 0; i < bodies; i++) {
        body[i].x += dt * body[i].vx;
        body[i].y += dt * body[i].vy;
        body[i].z += dt * body[i].vz;
    }
}

static NOINLINE double energy(void) {
    double sum = 0;
    for (int i = 0; i < bodies; i++) {
        const Body* a = &body[i];
        sum += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
        for (int j = i + 1; j < bodies; j++) {
            double dx = a->x - body[j].x, dy = a->y - body[j].y, dz = a->z - body[j].z;
            sum -= a->mass * body[j].mass / __builtin_sqrt(dx * dx + dy * dy + dz * dz + 0.01);
        }
    }
    return sum;
}

EXPORT(run) uint64_t run(uint32_t n) {
    start();
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (int step = 0; step < 100; step++)
            advance(0.001);
        hash = mix(hash, bits_of(energy()));
    }
    for (int i = 0; i < bodies; i++)
        hash = mix(mix(mix(hash, bits_of(body[i].x)), bits_of(body[i].y)), bits_of(body[i].z));
    return hash;
}
