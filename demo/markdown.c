// SPDX-License-Identifier: Apache-2.0
// Blocks are recognised line by line; the text inside them goes through render_inline.
#include "markdown.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { max_list_depth = 8, max_columns = 32, max_inline_depth = 16 };

typedef struct {
    Slice rest;  // lines not looked at yet
    Text out;
    Text paragraph;  // lines of the paragraph that is being collected
    int list_depth;
    int list_indent[max_list_depth];
    bool list_ordered[max_list_depth];
    MarkdownResult* result;
} Renderer;

// ---- Inside a line -----------------------------------------------------------------------------

static void render_inline(Renderer* r, Text* out, Slice text, int depth);

// `[label](target)` at `start`; returns the place after it, or `start` if it is none.
static size_t render_link(Renderer* r, Text* out, Slice text, size_t start, int depth) {
    bool image = text.data[start] == '!';
    size_t label = start + (image ? 2 : 1);
    size_t middle = slice_find(text, label, "](");
    size_t end = slice_find(text, middle, ")");
    if (middle == text.length || end == text.length) return start;
    Slice name = slice_of(text.data + label, middle - label);
    Slice target = slice_of(text.data + middle + 2, end - middle - 2);
    r->result->links++;
    text_puts(out, image ? "<img src=\"" : "<a href=\"");
    text_escape(out, target);
    if (image) {
        text_puts(out, "\" alt=\"");
        text_escape(out, name);
        text_puts(out, "\">");
    } else {
        text_puts(out, "\">");
        render_inline(r, out, name, depth + 1);
        text_puts(out, "</a>");
    }
    return end + 1;
}

// Text between two equal marks (`**`, `*`, `~~`); returns the place after it, or `start`.
static size_t render_marked(Renderer* r, Text* out, Slice text, size_t start, const char* mark,
                            const char* tag, int depth) {
    size_t width = strlen(mark);
    size_t inside = start + width;
    size_t end = slice_find(text, inside, mark);
    if (end == text.length || end == inside || isspace((unsigned char)text.data[inside]) ||
        isspace((unsigned char)text.data[end - 1]))
        return start;
    text_putc(out, '<');
    text_puts(out, tag);
    text_putc(out, '>');
    render_inline(r, out, slice_of(text.data + inside, end - inside), depth + 1);
    text_puts(out, "</");
    text_puts(out, tag);
    text_putc(out, '>');
    return end + width;
}

static size_t render_code(Text* out, Slice text, size_t start) {
    size_t end = slice_find(text, start + 1, "`");
    if (end == text.length) return start;
    text_puts(out, "<code>");
    text_escape(out, slice_of(text.data + start + 1, end - start - 1));
    text_puts(out, "</code>");
    return end + 1;
}

// `<https://...>`; returns the place after it, or `start`.
static size_t render_autolink(Renderer* r, Text* out, Slice text, size_t start) {
    Slice inside = slice_from(text, start + 1);
    size_t end = slice_find(text, start, ">");
    if (end == text.length ||
        !(slice_starts(inside, "http://") || slice_starts(inside, "https://")))
        return start;
    inside.length = end - start - 1;
    r->result->links++;
    text_puts(out, "<a href=\"");
    text_escape(out, inside);
    text_puts(out, "\">");
    text_escape(out, inside);
    text_puts(out, "</a>");
    return end + 1;
}

static void render_inline(Renderer* r, Text* out, Slice text, int depth) {
    if (depth > max_inline_depth) {
        text_escape(out, text);
        return;
    }
    size_t i = 0;
    while (i < text.length) {
        Slice here = slice_from(text, i);
        size_t next = i;
        switch (text.data[i]) {
            case '\\':
                if (here.length > 1 && ispunct((unsigned char)here.data[1])) {
                    text_escape(out, slice_of(here.data + 1, 1));
                    next = i + 2;
                }
                break;
            case '`':
                next = render_code(out, text, i);
                break;
            case '!':
                if (slice_starts(here, "![")) next = render_link(r, out, text, i, depth);
                break;
            case '[':
                next = render_link(r, out, text, i, depth);
                break;
            case '<':
                next = render_autolink(r, out, text, i);
                break;
            case '*':
                next = slice_starts(here, "**")
                           ? render_marked(r, out, text, i, "**", "strong", depth)
                           : render_marked(r, out, text, i, "*", "em", depth);
                break;
            case '~':
                if (slice_starts(here, "~~"))
                    next = render_marked(r, out, text, i, "~~", "del", depth);
                break;
            case ' ':
                if (slice_starts(here, "  \n")) {
                    text_puts(out, "<br>\n");
                    next = i + 3;
                }
                break;
            default:
                break;
        }
        if (next == i) {
            text_escape(out, slice_of(here.data, 1));
            next = i + 1;
        }
        i = next;
    }
}

// ---- Blocks ------------------------------------------------------------------------------------

static Slice peek_line(const Renderer* r) {
    const char* end = memchr(r->rest.data, '\n', r->rest.length);
    Slice line = r->rest;
    if (end != NULL) line.length = (size_t)(end - line.data);
    if (line.length > 0 && line.data[line.length - 1] == '\r') line.length--;
    return line;
}

static void next_line(Renderer* r) {
    const char* end = memchr(r->rest.data, '\n', r->rest.length);
    r->rest = end == NULL ? slice_from(r->rest, r->rest.length)
                          : slice_from(r->rest, (size_t)(end - r->rest.data) + 1);
}

static size_t indent_of(Slice line) {
    size_t n = 0;
    while (n < line.length && line.data[n] == ' ')
        n++;
    return n;
}

static void end_paragraph(Renderer* r) {
    Text* p = &r->paragraph;
    if (p->length == 0) return;
    Slice text = slice_trim(slice_of(p->data, p->length));
    text_puts(&r->out, r->list_depth > 0 ? "" : "<p>");
    render_inline(r, &r->out, text, 0);
    text_puts(&r->out, r->list_depth > 0 ? "" : "</p>\n");
    p->length = 0;
}

static void close_lists(Renderer* r, int depth) {
    end_paragraph(r);
    while (r->list_depth > depth) {
        r->list_depth--;
        text_puts(&r->out, r->list_ordered[r->list_depth] ? "</li>\n</ol>\n" : "</li>\n</ul>\n");
    }
}

static void collect(Renderer* r, Slice line) {
    if (r->paragraph.length > 0) text_putc(&r->paragraph, '\n');
    text_append(&r->paragraph, line.data, line.length);
}

// The anchor that links to a heading use: lower case, blanks as hyphens, other signs dropped.
static void put_anchor(Text* out, Slice title) {
    for (size_t i = 0; i < title.length; i++) {
        unsigned char c = (unsigned char)title.data[i];
        if (isalnum(c) || c == '-' || c == '_')
            text_putc(out, (char)tolower(c));
        else if (c == ' ')
            text_putc(out, '-');
    }
}

static bool heading(Renderer* r, Slice line) {
    size_t level = 0;
    while (level < line.length && line.data[level] == '#')
        level++;
    if (level < 1 || level > 6 || level >= line.length || line.data[level] != ' ') return false;
    Slice title = slice_trim(slice_from(line, level));
    while (title.length > 0 && title.data[title.length - 1] == '#')
        title.length--;
    title = slice_trim(title);
    close_lists(r, 0);
    text_puts(&r->out, "<h");
    text_number(&r->out, level, 1);
    text_puts(&r->out, " id=\"");
    put_anchor(&r->out, title);
    text_puts(&r->out, "\">");
    render_inline(r, &r->out, title, 0);
    text_puts(&r->out, "</h");
    text_number(&r->out, level, 1);
    text_puts(&r->out, ">\n");
    r->result->headings++;
    next_line(r);
    return true;
}

static bool rule(Renderer* r, Slice line) {
    line = slice_trim(line);
    if (line.length < 3 || !memchr("-*_", line.data[0], 3)) return false;
    for (size_t i = 1; i < line.length; i++)
        if (line.data[i] != line.data[0]) return false;
    close_lists(r, 0);
    text_puts(&r->out, "<hr>\n");
    next_line(r);
    return true;
}

static bool fenced_code(Renderer* r, Slice line) {
    size_t indent = indent_of(line);
    if (!slice_starts(slice_from(line, indent), "```")) return false;
    Slice language = slice_trim(slice_from(line, indent + 3));
    if (r->list_depth > 0 && indent == 0)
        close_lists(r, 0);
    else
        end_paragraph(r);
    text_puts(&r->out, "<pre><code");
    if (language.length > 0) {
        text_puts(&r->out, " class=\"language-");
        text_escape(&r->out, language);
        text_putc(&r->out, '"');
    }
    text_putc(&r->out, '>');
    next_line(r);
    while (r->rest.length > 0) {
        line = peek_line(r);
        next_line(r);
        size_t own = indent_of(line);
        if (slice_starts(slice_from(line, own), "```")) break;
        text_escape(&r->out, slice_from(line, own < indent ? own : indent));
        text_putc(&r->out, '\n');
    }
    text_puts(&r->out, "</code></pre>\n");
    r->result->code_blocks++;
    return true;
}

// Lines that are indented by four blanks, outside lists and paragraphs.
static bool indented_code(Renderer* r, Slice line) {
    if (indent_of(line) < 4 || r->list_depth > 0 || r->paragraph.length > 0) return false;
    text_puts(&r->out, "<pre><code>");
    size_t blank_lines = 0;
    while (r->rest.length > 0) {
        line = peek_line(r);
        if (slice_trim(line).length == 0) {
            blank_lines++;
        } else if (indent_of(line) < 4) {
            break;
        } else {
            for (; blank_lines > 0; blank_lines--)
                text_putc(&r->out, '\n');
            text_escape(&r->out, slice_from(line, 4));
            text_putc(&r->out, '\n');
        }
        next_line(r);
    }
    text_puts(&r->out, "</code></pre>\n");
    r->result->code_blocks++;
    return true;
}

// The place after a list mark (`- `, `* `, `+ `, `12. `), 0 if the line has none.
static size_t list_mark(Slice line, bool* ordered) {
    size_t i = indent_of(line);
    if (i >= line.length) return 0;
    *ordered = isdigit((unsigned char)line.data[i]) != 0;
    if (*ordered) {
        while (i < line.length && isdigit((unsigned char)line.data[i]))
            i++;
        if (i >= line.length || line.data[i] != '.') return 0;
    } else if (!memchr("-*+", line.data[i], 3)) {
        return 0;
    }
    i++;
    return i < line.length && line.data[i] == ' ' ? i + 1 : 0;
}

static bool list_item(Renderer* r, Slice line) {
    bool ordered = false;
    size_t start = list_mark(line, &ordered);
    if (start == 0) return false;
    int indent = (int)indent_of(line);
    int depth = r->list_depth;
    while (depth > 0 && indent < r->list_indent[depth - 1])
        depth--;
    if (depth > 0 && indent < r->list_indent[depth - 1] + 2 &&
        r->list_ordered[depth - 1] == ordered) {
        close_lists(r, depth);
        text_puts(&r->out, "</li>\n<li>");
    } else {
        if (depth > 0 && indent < r->list_indent[depth - 1] + 2)
            depth--;  // another kind of list at the same place
        if (depth == max_list_depth) depth--;
        close_lists(r, depth);
        text_puts(&r->out, ordered ? "<ol>\n<li>" : "<ul>\n<li>");
        r->list_indent[depth] = indent;
        r->list_ordered[depth] = ordered;
        r->list_depth = depth + 1;
    }
    Slice item = slice_trim(slice_from(line, start));
    if (slice_starts(item, "[ ] ") || slice_starts(item, "[x] ")) {
        bool done = item.data[1] == 'x';
        text_puts(&r->out, done ? "<input type=\"checkbox\" checked disabled> "
                                : "<input type=\"checkbox\" disabled> ");
        item = slice_from(item, 4);
    }
    collect(r, item);
    next_line(r);
    return true;
}

// The cells of a table's line, without the outer bars; returns how many there are.
static int split_cells(Slice line, Slice cells[max_columns]) {
    line = slice_trim(line);
    if (slice_starts(line, "|")) line = slice_from(line, 1);
    if (line.length > 0 && line.data[line.length - 1] == '|') line.length--;
    int count = 0;
    bool code = false;
    size_t start = 0;
    for (size_t i = 0; i <= line.length && count < max_columns; i++) {
        if (i < line.length && line.data[i] == '`') code = !code;
        if (i == line.length || (line.data[i] == '|' && !code)) {
            cells[count++] = slice_trim(slice_of(line.data + start, i - start));
            start = i + 1;
        }
    }
    return count;
}

// A line such as `|:---|---:|`, which makes the line before it a table's head.
static bool is_delimiter(Slice line) {
    bool bar = false, dash = false;
    for (size_t i = 0; i < line.length; i++) {
        bar = bar || line.data[i] == '|';
        dash = dash || line.data[i] == '-';
        if (!memchr("|-: ", line.data[i], 4)) return false;
    }
    return bar && dash;
}

static void table_row(Renderer* r, Slice line, const char* tag, const char* const* aligns,
                      int columns) {
    Slice cells[max_columns];
    int count = split_cells(line, cells);
    text_puts(&r->out, "<tr>");
    for (int i = 0; i < columns; i++) {
        text_putc(&r->out, '<');
        text_puts(&r->out, tag);
        if (aligns[i] != NULL) {
            text_puts(&r->out, " style=\"text-align:");
            text_puts(&r->out, aligns[i]);
            text_putc(&r->out, '"');
        }
        text_putc(&r->out, '>');
        if (i < count) render_inline(r, &r->out, cells[i], 0);
        text_puts(&r->out, "</");
        text_puts(&r->out, tag);
        text_putc(&r->out, '>');
    }
    text_puts(&r->out, "</tr>\n");
}

static bool table(Renderer* r, Slice line) {
    if (memchr(line.data, '|', line.length) == NULL) return false;
    Renderer ahead = *r;
    next_line(&ahead);
    Slice delimiter = peek_line(&ahead);
    if (!is_delimiter(delimiter)) return false;
    Slice cells[max_columns];
    const char* aligns[max_columns];
    int columns = split_cells(delimiter, cells);
    for (int i = 0; i < columns; i++) {
        bool left = slice_starts(cells[i], ":");
        bool right = cells[i].length > 0 && cells[i].data[cells[i].length - 1] == ':';
        aligns[i] = left && right ? "center" : right ? "right" : left ? "left" : NULL;
    }
    close_lists(r, 0);
    text_puts(&r->out, "<table>\n");
    table_row(r, line, "th", aligns, columns);
    next_line(r);
    next_line(r);
    while (r->rest.length > 0) {
        line = peek_line(r);
        if (memchr(line.data, '|', line.length) == NULL) break;
        table_row(r, line, "td", aligns, columns);
        next_line(r);
    }
    text_puts(&r->out, "</table>\n");
    r->result->tables++;
    return true;
}

static void render_blocks(Renderer* r, int depth);

// The lines that start with `>` are rendered as a text of their own.
static bool quote(Renderer* r, Slice line, int depth) {
    if (!slice_starts(line, ">") || depth >= max_list_depth) return false;
    close_lists(r, 0);
    Text inner = {0};
    while (r->rest.length > 0 && slice_starts(line = peek_line(r), ">")) {
        line = slice_from(line, slice_starts(line, "> ") ? 2 : 1);
        text_append(&inner, line.data, line.length);
        text_putc(&inner, '\n');
        next_line(r);
    }
    text_puts(&r->out, "<blockquote>\n");
    Slice rest = r->rest;
    r->rest = slice_of(inner.data, inner.length);
    render_blocks(r, depth + 1);
    r->rest = rest;
    text_puts(&r->out, "</blockquote>\n");
    r->out.failed = r->out.failed || inner.failed;
    free(inner.data);
    return true;
}

static void render_blocks(Renderer* r, int depth) {
    bool after_blank = false;
    while (r->rest.length > 0) {
        Slice line = peek_line(r);
        if (slice_trim(line).length == 0) {
            end_paragraph(r);
            after_blank = true;
            next_line(r);
            continue;
        }
        if (after_blank && r->list_depth > 0 && indent_of(line) == 0) {
            bool ordered;
            if (list_mark(line, &ordered) == 0) close_lists(r, 0);
        }
        bool block = heading(r, line) || rule(r, line) || fenced_code(r, line) ||
                     indented_code(r, line) || list_item(r, line) || quote(r, line, depth) ||
                     table(r, line);
        if (!block) {
            if (after_blank && r->list_depth > 0)
                text_puts(&r->out, "<br>\n");  // a further paragraph of a list's item
            size_t indent = indent_of(line);
            collect(r, slice_from(line, indent));
            next_line(r);
        }
        after_blank = false;
    }
    close_lists(r, 0);
}

int markdown_to_html(const char* text, size_t length, MarkdownResult* result) {
    *result = (MarkdownResult){0};
    Renderer r = {.rest = slice_of(text, length), .result = result};
    text_append(&r.out, "", 1);  // so that there is a text, even of nothing
    r.out.length = 0;
    render_blocks(&r, 0);
    bool failed = r.out.failed || r.paragraph.failed;
    free(r.paragraph.data);
    if (failed) {
        free(r.out.data);
        return -1;
    }
    result->data = r.out.data;
    result->length = r.out.length;
    return 0;
}

// ---- Words -------------------------------------------------------------------------------------

enum { max_word = 32, min_word = 4 };

typedef struct {
    char text[max_word];
    unsigned count;
} Word;

static int by_text(const void* a, const void* b) {
    return strcmp(((const Word*)a)->text, ((const Word*)b)->text);
}

static int by_count(const void* a, const void* b) {
    const Word *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

// Splits the text into lower-case words of min_word letters and more. NULL when out of memory.
static Word* split_words(const char* text, size_t length, size_t* count) {
    Word* words = calloc(length / (min_word + 1) + 1, sizeof *words);
    *count = 0;
    if (words == NULL) return NULL;
    size_t i = 0;
    while (i < length) {
        size_t start = i;
        while (i < length && isalpha((unsigned char)text[i]))
            i++;
        size_t size = i - start;
        if (size >= min_word) {
            Word* word = &words[(*count)++];
            word->count = 1;
            for (size_t k = 0; k < size && k < max_word - 1; k++)
                word->text[k] = (char)tolower((unsigned char)text[start + k]);
        }
        if (size == 0) i++;
    }
    return words;
}

char* markdown_frequent_words(const char* text, size_t length, unsigned count) {
    size_t total;
    Word* words = split_words(text, length, &total);
    if (words == NULL) return NULL;
    qsort(words, total, sizeof *words, by_text);
    size_t different = 0;
    for (size_t i = 0; i < total; i++) {
        if (different > 0 && strcmp(words[different - 1].text, words[i].text) == 0)
            words[different - 1].count++;
        else
            words[different++] = words[i];
    }
    qsort(words, different, sizeof *words, by_count);
    Text out = {0};
    text_append(&out, "", 1);
    out.length = 0;
    for (size_t i = 0; i < different && i < count; i++) {
        text_number(&out, words[i].count, 6);
        text_puts(&out, "  ");
        text_puts(&out, words[i].text);
        text_putc(&out, '\n');
    }
    free(words);
    if (out.failed) {
        free(out.data);
        return NULL;
    }
    return out.data;
}
