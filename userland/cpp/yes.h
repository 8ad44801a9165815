// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef YES_H
#define YES_H

static inline const char *yes(bool is)
{
	return is ? "yes" : "no";
}

#endif
