/*
 * Says what Kconfig made of each requested symbol, and why.
 *
 * Linked against the parser of the very kernel that is configured, and run by that kernel's make in place of its `conf`, so
 * that every $(cc-option ...) and $(success ...) in the Kconfig files sees the environment that the real run saw.
 *
 * Environment: LKMC_CONFIG (the .config), LKMC_REQUESTED (lines of a fragment), LKMC_REPORT (JSON to write), LKMC_SYMBOLS
 * (every symbol name of this kernel and arch, one per line, for "did you mean").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"
#ifdef LKMC_KCONFIG_HASHTABLE /* since Linux 6.11 the symbol table is an hlist */
#include "internal.h"
#endif

static FILE *report;
static bool first;

static void json_string(const char *text)
{
	fputc('"', report);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(report, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(report, "\\u%04x", *text);
		else
			fputc(*text, report);
	}
	fputc('"', report);
}

static void item(const char *text)
{
	fputs(first ? "" : ", ", report);
	first = false;
	json_string(text);
}

static void begin_list(const char *name)
{
	fprintf(report, ", \"%s\": [", name);
	first = true;
}

static void append(void *buffer, struct symbol *sym, const char *text)
{
	char *end = (char *)buffer + strlen(buffer);
	size_t room = 1024 - (end - (char *)buffer);

	if (sym && sym->name && (sym->type == S_BOOLEAN || sym->type == S_TRISTATE) && !(sym->flags & SYMBOL_CONST))
		snprintf(end, room, "%s [=%s]", text, sym_get_string_value(sym));
	else
		snprintf(end, room, "%s", text);
}

static void expression_item(struct expr *e)
{
	char buffer[1024] = "";

	expr_print(e, append, buffer, E_NONE);
	item(buffer);
}

/* The conjuncts of a dependency that do not hold. */
static void unmet_items(struct expr *e)
{
	if (!e || expr_calc_value(e) != no)
		return;
	if (e->type == E_AND) {
		unmet_items(e->left.expr);
		unmet_items(e->right.expr);
	} else {
		expression_item(e);
	}
}

/* The alternatives of a reverse dependency that hold: who selects the symbol. */
static void selecting_items(struct expr *e)
{
	if (!e || expr_calc_value(e) == no)
		return;
	if (e->type == E_OR) {
		selecting_items(e->left.expr);
		selecting_items(e->right.expr);
	} else {
		expression_item(e);
	}
}

/* Who could select a symbol that has no prompt. */
static void selector_items(struct expr *e, int *left)
{
	if (!e || *left <= 0)
		return;
	if (e->type == E_OR) {
		selector_items(e->left.expr, left);
		selector_items(e->right.expr, left);
	} else {
		(*left)--;
		expression_item(e);
	}
}

static bool has_prompt(struct symbol *sym)
{
	struct property *prop;

	/* The prompt of a `menuconfig` is a P_MENU. */
	for_all_properties(sym, prop, P_PROMPT)
		return true;
	for_all_properties(sym, prop, P_MENU)
		return true;
	return false;
}

/* A reverse dependency begins with the symbol that selects. */
static struct expr *selector_of(struct expr *e)
{
	while (e->type == E_AND)
		e = e->left.expr;
	return e;
}

/* The first alternative of a reverse dependency whose selector is on, while the condition of its `select` does not hold. */
static struct expr *withheld(struct expr *e)
{
	struct expr *found;

	if (!e || expr_calc_value(e) != no)
		return NULL;
	if (e->type == E_OR) {
		found = withheld(e->left.expr);
		return found ? found : withheld(e->right.expr);
	}
	return expr_calc_value(selector_of(e)) != no ? e : NULL;
}

/* What has turned a symbol on: itself if it has a prompt, or else those that do of its selectors; depth as in add_items(). */
static void culprit_items(struct symbol *sym, int depth)
{
	struct expr *e = sym->rev_dep.expr, *last;

	if (has_prompt(sym) || depth > 8) {
		item(sym->name);
		return;
	}
	for (; e; e = e->type == E_OR ? e->left.expr : NULL) {
		last = e->type == E_OR ? e->right.expr : e;
		if (expr_calc_value(last) != no && selector_of(last)->type == E_SYMBOL)
			culprit_items(selector_of(last)->left.sym, depth + 1);
	}
}

/* What is on, and keeps a condition from holding. */
static void against_items(struct expr *e)
{
	if (!e || expr_calc_value(e) != no)
		return;
	if (e->type == E_AND) {
		against_items(e->left.expr);
		against_items(e->right.expr);
	} else if (e->type == E_NOT && e->left.expr->type == E_SYMBOL) {
		culprit_items(e->left.expr->left.sym, 0);
	}
}

static void withheld_object(struct symbol *sym, bool comma)
{
	struct expr *e = withheld(sym->rev_dep.expr);

	fprintf(report, "%s{\"symbol\": ", comma ? ", " : "");
	json_string(sym->name);
	fputs(", \"by\": ", report);
	first = true;
	expression_item(selector_of(e));
	begin_list("unmet");
	unmet_items(e);
	fputs("]", report);
	begin_list("against");
	against_items(e);
	fputs("]}", report);
}

/* Of the conjuncts of a dependency that do not hold: symbols without a prompt which this architecture has under a condition. */
static bool withheld_objects(struct expr *e, bool comma)
{
	if (!e || expr_calc_value(e) != no)
		return comma;
	if (e->type == E_AND) {
		comma = withheld_objects(e->left.expr, comma);
		return withheld_objects(e->right.expr, comma);
	}
	if (e->type != E_SYMBOL || has_prompt(e->left.sym) || !withheld(e->left.sym->rev_dep.expr))
		return comma;
	withheld_object(e->left.sym, comma);
	return true;
}

/* Symbols to request as well, nearest cause first; depth bounds a dependency that leads back to itself. */
static void add_items(struct expr *e, int depth)
{
	char buffer[300];

	if (!e || depth > 8 || expr_calc_value(e) != no)
		return;
	switch (e->type) {
	case E_AND:
		add_items(e->left.expr, depth);
		add_items(e->right.expr, depth);
		break;
	case E_OR:
		add_items(e->left.expr, depth);
		break;
	case E_SYMBOL:
		if (e->left.sym->type != S_BOOLEAN && e->left.sym->type != S_TRISTATE)
			break;
		add_items(e->left.sym->dir_dep.expr, depth + 1);
		if (has_prompt(e->left.sym)) {
			snprintf(buffer, sizeof(buffer), "%s=y", e->left.sym->name);
			item(buffer);
		} else {
			add_items(withheld(e->left.sym->rev_dep.expr), depth + 1);
		}
		break;
	default:
		break;
	}
}

/* As a .config spells a string: in quotes, with a backslash before quotes and backslashes. */
static bool spells(const char *quoted, const char *value)
{
	if (*quoted++ != '"')
		return false;
	for (; *value; quoted++, value++) {
		if (*quoted == '\\')
			quoted++;
		else if (*quoted == '"')
			return false;
		if (*quoted != *value)
			return false;
	}
	return !strcmp(quoted, "\"");
}

static bool same(struct symbol *sym, const char *wanted, const char *got)
{
	if (sym->type == S_STRING)
		return spells(wanted, got);
	if (sym->type == S_INT || sym->type == S_HEX)
		return got[0] && strtoull(wanted, NULL, sym->type == S_HEX ? 16 : 10) ==
				       strtoull(got, NULL, sym->type == S_HEX ? 16 : 10);
	return !strcmp(wanted, got);
}

static bool report_symbol(const char *name, const char *wanted, bool comma)
{
	struct symbol *sym = sym_find(name);
	bool unknown = !sym || sym->type == S_UNKNOWN;
	const char *got = "n";
	int left = 8;

	if (!unknown) {
		sym_calc_value(sym);
		got = sym_get_string_value(sym);
		if (same(sym, wanted, got))
			return false;
	} else if (!strcmp(wanted, "n")) {
		/* A symbol that does not exist is off. Older kernels lack newer names. */
		return false;
	}
	fprintf(report, "%s\n  {\"symbol\": ", comma ? "," : "");
	json_string(name);
	fputs(", \"wanted\": ", report);
	json_string(wanted);
	fputs(", \"got\": ", report);
	json_string(got);
	fprintf(report, ", \"kind\": \"%s\", \"prompt\": %s", unknown ? "unknown" : "lost",
		!unknown && has_prompt(sym) ? "true" : "false");
	begin_list("unmet");
	if (!unknown)
		unmet_items(sym->dir_dep.expr);
	fputs("]", report);
	begin_list("add");
	if (!unknown)
		add_items(sym->dir_dep.expr, 0);
	fputs("]", report);
	begin_list("selected-by");
	if (!unknown)
		selecting_items(sym->rev_dep.expr);
	fputs("]", report);
	begin_list("selectors");
	if (!unknown && !has_prompt(sym))
		selector_items(sym->rev_dep.expr, &left);
	fputs("], \"withheld\": [", report);
	if (!unknown)
		withheld_objects(sym->dir_dep.expr, false);
	fputs("]}", report);
	return true;
}

static FILE *open_or_die(const char *variable, const char *mode)
{
	const char *path = getenv(variable);
	FILE *file = path ? fopen(path, mode) : NULL;

	if (!file) {
		fprintf(stderr, "kconfig-report: cannot open %s\n", variable);
		exit(1);
	}
	return file;
}

static void write_symbols(void)
{
	FILE *symbols = open_or_die("LKMC_SYMBOLS", "w");
	struct symbol *sym;

#ifdef LKMC_KCONFIG_HASHTABLE
	for_all_symbols(sym)
#else
	int i;

	for_all_symbols(i, sym)
#endif
		if (sym->name && sym->type != S_UNKNOWN && !(sym->flags & SYMBOL_CONST))
			fprintf(symbols, "%s\n", sym->name);
	fclose(symbols);
}

int main(void)
{
	static const char off[] = "# CONFIG_";
	char line[4096];
	bool comma = false;
	FILE *requested = open_or_die("LKMC_REQUESTED", "r");

	report = open_or_die("LKMC_REPORT", "w");
	conf_parse("Kconfig");
	if (conf_read(getenv("LKMC_CONFIG")))
		return 1;
	write_symbols();
	fputs("{\"lost\": [", report);
	while (fgets(line, sizeof(line), requested)) {
		char *value = strchr(line, '=');

		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, off, strlen(off))) {
			*strstr(line, " is not set") = 0;
			comma |= report_symbol(line + strlen(off), "n", comma);
		} else if (value) {
			*value++ = 0;
			comma |= report_symbol(line + strlen("CONFIG_"), value, comma);
		}
	}
	fputs("]}\n", report);
	return fclose(report) ? 1 : 0;
}
