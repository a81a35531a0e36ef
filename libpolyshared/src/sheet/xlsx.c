/* SPDX-License-Identifier: MIT */
/*
 * The smallest workbook that spreadsheets open: one sheet whose cells hold their text themselves (inlineStr), so that
 * there is no table of shared strings to be built.
 */
#include "poly/sheet.h"

#include <string.h>

#include "poly/text.h"
#include "sheet/zip.h"

#define XML          "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define PACKAGE      "http://schemas.openxmlformats.org/package/2006/"
#define DOCUMENT     "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN         "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define SHEET_TYPES  "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define RELATIONS    XML "<Relationships xmlns=\"" PACKAGE "relationships\">"
#define TITLE_MAX    31
#define CELL_MAX     32767
#define ROWS_MAX     1048576
#define TITLE_NEVERS "[]:*?/\\'"

static const char content_types[] =
    XML "<Types xmlns=\"" PACKAGE "content-types\">"
        "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
        "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" SHEET_TYPES "sheet.main+xml\"/>"
        "<Override PartName=\"/xl/styles.xml\" ContentType=\"" SHEET_TYPES "styles+xml\"/>"
        "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" SHEET_TYPES "worksheet+xml\"/></Types>";
static const char package_relations[] = RELATIONS "<Relationship Id=\"rId1\" Type=\"" DOCUMENT
                                                  "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char workbook_relations[] =
    RELATIONS "<Relationship Id=\"rId1\" Type=\"" DOCUMENT "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
              "<Relationship Id=\"rId2\" Type=\"" DOCUMENT "/styles\" Target=\"styles.xml\"/></Relationships>";
/* Two of them: plain, and bold for the first row. Number format 49 is text. */
static const char styles[] = XML
    "<styleSheet xmlns=\"" MAIN "\">"
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
    "<cellXfs count=\"2\">"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/>"
    "</cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/* --- text in XML --- */

/* What XML 1.0 cannot hold at all becomes U+FFFD. */
static void append_code_point(poly_strbuf *out, uint32_t code_point)
{
    bool fits = code_point >= ' ' || code_point == '\t' || code_point == '\n' || code_point == '\r';

    if (code_point == '&')
        poly_strbuf_append_text(out, "&amp;");
    else if (code_point == '<')
        poly_strbuf_append_text(out, "&lt;");
    else if (code_point == '>')
        poly_strbuf_append_text(out, "&gt;");
    else if (code_point == '"')
        poly_strbuf_append_text(out, "&quot;");
    else if (code_point == '\r')
        poly_strbuf_append_text(out, "&#13;");
    else
        poly_text_append(out, fits && (code_point & ~1u) != 0xFFFE ? code_point : 0xFFFD);
}

static void append_text(poly_strbuf *out, const char *text)
{
    size_t size = strnlen(text, CELL_MAX);

    for (size_t at = 0; at < size;)
        append_code_point(out, poly_text_next(text, size, &at));
}

/* --- the parts --- */

/* At most 31 characters, without those that references to a sheet are written with; never empty. */
static void append_title(poly_strbuf *out, const char *title)
{
    size_t size = strlen(title), count = 0;

    for (size_t at = 0; at < size && count < TITLE_MAX;) {
        uint32_t code_point = poly_text_next(title, size, &at);

        if (code_point < ' ' || (code_point < 0x7f && strchr(TITLE_NEVERS, (int)code_point)))
            continue;
        append_code_point(out, code_point);
        count++;
    }
    if (count == 0)
        poly_strbuf_append_text(out, "1");
}

static void write_workbook(const poly_sheet *sheet, poly_strbuf *out)
{
    poly_strbuf_append_text(out, XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOCUMENT "\"><sheets><sheet name=\"");
    append_title(out, sheet->title);
    poly_strbuf_append_text(out, "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
}

static void write_cell(poly_strbuf *out, const char *text, unsigned style)
{
    if (!text || !*text) {
        poly_strbuf_append_text(out, "<c/>");
        return;
    }
    poly_strbuf_printf(out, "<c s=\"%u\" t=\"inlineStr\"><is><t xml:space=\"preserve\">%s", style,
                       poly_sheet_is_formula(text) ? "'" : "");
    append_text(out, text);
    poly_strbuf_append_text(out, "</t></is></c>");
}

static void write_row(poly_strbuf *out, const char *const *cells, size_t count, unsigned style)
{
    poly_strbuf_append_text(out, "<row>");
    for (size_t i = 0; i < count; i++)
        write_cell(out, cells[i], style);
    poly_strbuf_append_text(out, "</row>");
}

static void write_widths(const poly_sheet *sheet, poly_strbuf *out)
{
    if (!sheet->widths || !sheet->column_count)
        return;
    poly_strbuf_append_text(out, "<cols>");
    for (size_t i = 0; i < sheet->column_count; i++)
        poly_strbuf_printf(out, "<col min=\"%zu\" max=\"%zu\" width=\"%u\" customWidth=\"1\"/>", i + 1, i + 1,
                           sheet->widths[i]);
    poly_strbuf_append_text(out, "</cols>");
}

static void write_sheet(const poly_sheet *sheet, poly_strbuf *out)
{
    poly_strbuf_append_text(out,
                            XML "<worksheet xmlns=\"" MAIN "\"><sheetViews><sheetView workbookViewId=\"0\">"
                                "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
                                "</sheetView></sheetViews>");
    write_widths(sheet, out);
    poly_strbuf_append_text(out, "<sheetData>");
    write_row(out, sheet->columns, sheet->column_count, 1);
    for (size_t i = 0; i < sheet->row_count && i + 1 < ROWS_MAX; i++)
        write_row(out, sheet->cells + i * sheet->column_count, sheet->column_count, 0);
    poly_strbuf_append_text(out, "</sheetData></worksheet>");
}

static void add_static(struct zip *zip, const char *name, const char *content)
{
    poly_strbuf part;

    poly_strbuf_init(&part, 8192);
    poly_strbuf_append_text(&part, content);
    zip_add(zip, name, &part);
    poly_strbuf_release(&part);
}

static void add_made(struct zip *zip, const char *name, const poly_sheet *sheet,
                     void (*write)(const poly_sheet *sheet, poly_strbuf *out))
{
    poly_strbuf part;

    poly_strbuf_init(&part, zip->out->max);
    write(sheet, &part);
    zip_add(zip, name, &part);
    poly_strbuf_release(&part);
}

void poly_sheet_xlsx(const poly_sheet *sheet, poly_strbuf *out)
{
    struct zip zip;

    zip_begin(&zip, out);
    add_static(&zip, "[Content_Types].xml", content_types);
    add_static(&zip, "_rels/.rels", package_relations);
    add_made(&zip, "xl/workbook.xml", sheet, write_workbook);
    add_static(&zip, "xl/_rels/workbook.xml.rels", workbook_relations);
    add_static(&zip, "xl/styles.xml", styles);
    add_made(&zip, "xl/worksheets/sheet1.xml", sheet, write_sheet);
    zip_end(&zip);
}
