/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace event of tracepoint.c.
 *
 * This file is read several times over: TRACE_EVENT() means something else each time, and so makes
 * the declaration, the record's structure, the function that fills it and the one that prints it
 * from one description. Hence no ordinary include guard, and the odd lines at the end.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lkmc

#if !defined(LKMC_TRACEPOINT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LKMC_TRACEPOINT_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(lkmc_number,
	/* What the traced code passes: trace_lkmc_number(number, comment). */
	TP_PROTO(int number, const char *comment),
	TP_ARGS(number, comment),
	/* What the ring buffer keeps; of a string a copy, as the pointer may be dead by then. */
	TP_STRUCT__entry(
		__field(int, number)
		__field(int, square)
		__array(char, comment, 16)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->square = number * number;
		strscpy(__entry->comment, comment, sizeof(__entry->comment));
	),
	TP_printk("number=%d square=%d comment=%s", __entry->number, __entry->square,
		  __entry->comment)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tracepoint_trace
#include <trace/define_trace.h>
