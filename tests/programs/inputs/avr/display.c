/* SPDX-License-Identifier: Apache-2.0 */
/* For an ATmega328P: counts button presses, and shows them on a display through a shift register. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdint.h>
#include <util/crc16.h>

static const uint8_t digits[] PROGMEM = {0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f};
static volatile uint16_t presses;
static volatile uint8_t ticks;
static uint8_t history[16];

ISR(TIMER0_COMPA_vect) {
    static uint8_t stable;
    ticks++;
    stable = (uint8_t)(stable << 1) | ((PIND >> PD2) & 1);
    if (stable == 0x80) presses++;
}

static void shift(uint8_t bits) {
    for (uint8_t i = 0; i < 8; i++, bits <<= 1) {
        if (bits & 0x80)
            PORTB |= _BV(PB0);
        else
            PORTB &= (uint8_t)~_BV(PB0);
        PORTB |= _BV(PB1);
        PORTB &= (uint8_t)~_BV(PB1);
    }
}

static void show(uint16_t number) {
    uint8_t text[5];
    for (int8_t i = 4; i >= 0; i--) {
        text[i] = pgm_read_byte(&digits[number % 10]);
        number /= 10;
    }
    for (uint8_t i = 0; i < sizeof text; i++) shift(text[i]);
}

static float smooth(float old, uint16_t sample) { return old * 0.875f + (float)sample * 0.125f; }

int main(void) {
    float average = 0;
    DDRB = _BV(PB0) | _BV(PB1);
    TCCR0A = _BV(WGM01);
    TCCR0B = _BV(CS02);
    OCR0A = 124;
    TIMSK0 = _BV(OCIE0A);
    sei();
    for (;;) {
        uint16_t now;
        cli();
        now = presses;
        sei();
        average = smooth(average, now);
        history[ticks & 15] = (uint8_t)average;
        uint16_t crc = 0xffff;
        for (uint8_t i = 0; i < sizeof history; i++) crc = _crc16_update(crc, history[i]);
        show(ticks & 0x80 ? now : crc);
    }
}
