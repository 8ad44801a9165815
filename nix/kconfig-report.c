/*
 * Says what Kconfig made of each requested symbol, and what it knows of all of them.
 *
 * Linked against the parser of the very kernel that is configured, and run by that kernel's make in place of its `conf`, so
 * that every $(cc-option ...) and $(success ...) in the Kconfig files sees the environment that the real run saw.
 *
 * Environment: LKMC_CONFIG (the .config), LKMC_REQUESTED (lines of a fragment), LKMC_REPORT (JSON to write: requests that were not
 * honoured), LKMC_SYMBOLS (JSON to write, a line for each symbol of this kernel and architecture, by name); LKMC_GIVEN (a whole
 * .config below the requests), if there is one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"

static FILE *out;
/* The list that is being written, which is left out if nothing comes into it. */
static const char *list;
static bool first;

static void json_characters(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
}

static void json_string(const char *text)
{
	fputc('"', out);
	json_characters(text);
	fputc('"', out);
}

/* Left out if it is unknown. */
static void field(const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, ", \"%s\": ", name);
	json_string(text);
}

static void begin_item(void)
{
	if (first)
		fprintf(out, ", \"%s\": [", list);
	else
		fputs(", ", out);
	first = false;
}

static void item(const char *text)
{
	begin_item();
	json_string(text);
}

static void begin_list(const char *name)
{
	list = name;
	first = true;
}

static void end_list(void)
{
	if (!first)
		fputc(']', out);
}

static void expression_part(void *unused, struct symbol *sym, const char *text)
{
	json_characters(text);
	if (sym && sym->name && (sym->type == S_BOOLEAN || sym->type == S_TRISTATE) && !(sym->flags & SYMBOL_CONST))
		fprintf(out, " [=%s]", sym_get_string_value(sym));
}

static void json_expression(struct expr *e)
{
	fputc('"', out);
	expr_print(e, expression_part, NULL, E_NONE);
	fputc('"', out);
}

static void expression_item(struct expr *e)
{
	begin_item();
	json_expression(e);
}

/* Of a choice, and of its members in newer kernels, only the prompt knows what it depends on. */
static struct expr *dependency(struct symbol *sym)
{
	struct property *prop;

	if (!sym->dir_dep.expr && (sym_is_choice(sym) || sym_is_choice_value(sym)))
		for_all_properties(sym, prop, P_PROMPT)
			return prop->visible.expr;
	return sym->dir_dep.expr;
}

/* A choice, which has no name. In older kernels its members depend on it. */
static bool is_choice(struct expr *e)
{
	return e->type == E_SYMBOL && !e->left.sym->name;
}

/* The conjuncts of a dependency; those that do not hold, if only these are wanted. */
static void conjunct_items(struct expr *e, bool unmet)
{
	if (!e || (unmet && expr_calc_value(e) != no))
		return;
	if (is_choice(e)) {
		conjunct_items(dependency(e->left.sym), unmet);
	} else if (e->type == E_AND) {
		conjunct_items(e->left.expr, unmet);
		conjunct_items(e->right.expr, unmet);
	} else {
		expression_item(e);
	}
}

static void unmet_items(struct expr *e)
{
	conjunct_items(e, true);
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

static void withheld_object(struct symbol *sym)
{
	struct expr *e = withheld(sym->rev_dep.expr);

	begin_item();
	fputs("{\"symbol\": ", out);
	json_string(sym->name);
	fputs(", \"by\": ", out);
	json_expression(selector_of(e));
	begin_list("unmet");
	unmet_items(e);
	end_list();
	begin_list("against");
	against_items(e);
	end_list();
	fputc('}', out);
	first = false;
}

/* Of the conjuncts of a dependency that do not hold: symbols without a prompt which this architecture has under a condition. */
static void withheld_objects(struct expr *e)
{
	if (!e || expr_calc_value(e) != no)
		return;
	if (e->type == E_AND) {
		withheld_objects(e->left.expr);
		withheld_objects(e->right.expr);
	} else if (e->type == E_SYMBOL && !has_prompt(e->left.sym) && withheld(e->left.sym->rev_dep.expr)) {
		withheld_object(e->left.sym);
	}
}

static struct symbol *met[256];
static int met_count;

/* Whether this is the first time; not where there are too many to keep. */
static bool meet(struct symbol *sym)
{
	int i;

	for (i = 0; i < met_count; i++)
		if (met[i] == sym)
			return false;
	if (met_count == sizeof(met) / sizeof(*met))
		return false;
	met[met_count++] = sym;
	return true;
}

/* Symbols to request as well, each once, nearest cause first; depth bounds a long way. */
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
		if (!meet(e->left.sym))
			break;
		add_items(dependency(e->left.sym), depth + 1);
		if (is_choice(e))
			break;
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

/* The default that is in force. */
static void default_item(struct symbol *sym)
{
	struct property *prop;

	for_all_defaults(sym, prop) {
		if (prop->visible.expr && expr_calc_value(prop->visible.expr) == no)
			continue;
		begin_item();
		fputc('"', out);
		expr_print(prop->expr, expression_part, NULL, E_NONE);
		if (prop->visible.expr) {
			fputs(" if ", out);
			expr_print(prop->visible.expr, expression_part, NULL, E_NONE);
		}
		fputc('"', out);
		break;
	}
}

/* What decides a symbol's value. */
static void write_causes(struct symbol *sym)
{
	struct expr *depends = dependency(sym);
	struct property *prop;
	int left = 8;

	begin_list("depends");
	conjunct_items(depends, false);
	end_list();
	begin_list("unmet");
	unmet_items(depends);
	end_list();
	begin_list("add");
	met_count = 0;
	add_items(depends, 0);
	end_list();
	begin_list("default");
	default_item(sym);
	end_list();
	begin_list("selected-by");
	selecting_items(sym->rev_dep.expr);
	end_list();
	begin_list("selectors");
	if (!has_prompt(sym))
		selector_items(sym->rev_dep.expr, &left);
	end_list();
	begin_list("withheld");
	withheld_objects(depends);
	end_list();
	begin_list("selects");
	for_all_properties(sym, prop, P_SELECT)
		if (prop->expr->type == E_SYMBOL)
			item(prop->expr->left.sym->name);
	end_list();
}

/* A place in the Kconfig files where something is defined. */
struct place {
	struct menu *menu;
	int index;
};

static int by_name(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	int order = strcmp(a->menu->sym->name, b->menu->sym->name);

	return order ? order : a->index - b->index;
}

/* The places of all symbols, in the order of their names; returns how many. */
static int find_places(struct place **places)
{
	struct menu *menu = rootmenu.list;
	int count = 0, room = 0;

	*places = NULL;
	while (menu) {
		if (menu->sym && menu->sym->name && menu->sym->type != S_UNKNOWN) {
			if (count == room) {
				room = room ? 2 * room : 1024;
				*places = realloc(*places, room * sizeof(**places));
				if (!*places)
					abort();
			}
			(*places)[count] = (struct place){ menu, count };
			count++;
		}
		if (menu->list) {
			menu = menu->list;
			continue;
		}
		while (menu && !menu->next)
			menu = menu->parent;
		if (menu)
			menu = menu->next;
	}
	qsort(*places, count, sizeof(**places), by_name);
	return count;
}

static void write_symbol(struct place *places, int count)
{
	struct symbol *sym = places[0].menu->sym;
	struct menu *choice = places[0].menu->parent, *other;
	const char *prompt = NULL, *help = NULL;
	char place[1024];
	int i;

	sym_calc_value(sym);
	fputs("{\"name\": ", out);
	json_string(sym->name);
	field("type", sym_type_name(sym->type));
	field("value", sym_get_string_value(sym));
	for (i = count - 1; i >= 0; i--) {
		prompt = places[i].menu->prompt ? places[i].menu->prompt->text : prompt;
		help = places[i].menu->help ? places[i].menu->help : help;
	}
	field("prompt", prompt);
	begin_list("defined");
	for (i = 0; i < count; i++) {
#ifdef LKMC_KCONFIG_FILENAMES /* since Linux 6.10 */
		snprintf(place, sizeof(place), "%s:%d", places[i].menu->filename, places[i].menu->lineno);
#else
		snprintf(place, sizeof(place), "%s:%d", places[i].menu->file->name, places[i].menu->lineno);
#endif
		item(place);
	}
	end_list();
	if (!choice || !choice->sym || !sym_is_choice(choice->sym))
		choice = NULL;
	begin_list("choice");
	for (other = choice ? choice->list : NULL; other; other = other->next)
		if (other->sym && other->sym->name && other->sym != sym)
			item(other->sym->name);
	end_list();
	write_causes(sym);
	field("help", help);
	fputs("}\n", out);
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

static int write_symbols(void)
{
	struct place *places;
	int count = find_places(&places), i, next;

	out = open_or_die("LKMC_SYMBOLS", "w");
	for (i = 0; i < count; i = next) {
		for (next = i + 1; next < count && places[next].menu->sym == places[i].menu->sym; next++)
			;
		write_symbol(places + i, next - i);
	}
	return fclose(out);
}

static void report_request(const char *name, const char *wanted)
{
	struct symbol *sym = sym_find(name);

	if (sym && sym->type != S_UNKNOWN) {
		sym_calc_value(sym);
		if (same(sym, wanted, sym_get_string_value(sym)))
			return;
	} else if (!strcmp(wanted, "n")) {
		/* A symbol that does not exist is off. Older kernels lack newer names. */
		return;
	}
	fprintf(out, "%s\n  {\"symbol\": ", first ? "" : ",");
	first = false;
	json_string(name);
	field("wanted", wanted);
	fputc('}', out);
}

/* The lines of a Kconfig file that did not come out as they are written. */
static void report_file(const char *name, const char *variable)
{
	static const char on[] = "CONFIG_", off[] = "# CONFIG_";
	char line[4096];
	FILE *file = open_or_die(variable, "r");

	fprintf(out, "\"%s\": [", name);
	first = true;
	while (fgets(line, sizeof(line), file)) {
		char *value = strchr(line, '='), *end = strstr(line, " is not set");

		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, off, strlen(off)) && end) {
			*end = 0;
			report_request(line + strlen(off), "n");
		} else if (!strncmp(line, on, strlen(on)) && value) {
			*value++ = 0;
			report_request(line + strlen(on), value);
		}
	}
	fputs("]", out);
	fclose(file);
}

static int write_report(void)
{
	out = open_or_die("LKMC_REPORT", "w");
	fputs("{", out);
	report_file("lost", "LKMC_REQUESTED");
	if (getenv("LKMC_GIVEN")) {
		fputs(", ", out);
		report_file("ignored", "LKMC_GIVEN");
	}
	fputs("}\n", out);
	return fclose(out);
}

int main(void)
{
	conf_parse("Kconfig");
	if (conf_read(getenv("LKMC_CONFIG")))
		return 1;
	return write_symbols() || write_report() ? 1 : 0;
}
