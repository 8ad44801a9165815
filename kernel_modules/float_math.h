/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What float.c, compiled without floating point, may see of float_math.c: integers only. */
#ifndef LKMC_FLOAT_MATH_H
#define LKMC_FLOAT_MATH_H

/* Area of a circle in thousandths. Only between kernel_fpu_begin() and kernel_fpu_end(). */
int float_math_area(int radius);

#endif
