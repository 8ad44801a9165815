/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dep.c offers to other modules. */
#ifndef LKMC_DEP_H
#define LKMC_DEP_H

extern int lkmc_dep;

#endif
