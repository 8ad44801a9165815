// SPDX-License-Identifier: GPL-2.0-or-later
/* For empty.cpp: the same in C. */
int main(void)
{
}
