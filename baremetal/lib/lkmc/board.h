/* What a program on bare metal has to know of its board. The build says where things are (nix/boards.nix): there is no device
 * tree to read it from. */

#ifndef LKMC_BOARD_H
#define LKMC_BOARD_H

/* Boards have at most so many processors in one cluster, each with a stack of 4 KiB. */
#define LKMC_PROCESSORS 8
#define LKMC_STACK_SHIFT 12

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Registers of the first serial port, a PL011 (Arm DDI 0183): data, and flags. */
#define LKMC_SERIAL_DATA ((volatile uint32_t *)(LKMC_SERIAL + 0x00))
#define LKMC_SERIAL_FLAGS ((volatile uint32_t *)(LKMC_SERIAL + 0x18))
/* The transmitter has no room. */
#define LKMC_SERIAL_FULL (1 << 5)

/* The exception level that the processor came out of reset in: the highest that it has. A program is in EL1 by then, or in
 * Supervisor mode. On aarch64 TPIDR_EL1 keeps it. */
unsigned int lkmc_reset_level(void);

/* Has all other processors execute this, each with its number. The libc is not for them: it has one set of variables. */
void lkmc_start_others(void (*function)(unsigned int processor));
#endif

#endif
