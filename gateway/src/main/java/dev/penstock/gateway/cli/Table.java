package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Rows under aligned headings. */
final class Table {
  /** One column. {@code field} may lead inwards: {@code volume.name}. */
  record Column(String heading, String field, Kind kind) {}

  /** How a value is shown. */
  enum Kind {
    TEXT,
    BYTES,
    COUNT,
    LIST
  }

  static Column text(String heading, String field) {
    return new Column(heading, field, Kind.TEXT);
  }

  static Column bytes(String heading, String field) {
    return new Column(heading, field, Kind.BYTES);
  }

  static Column count(String heading, String field) {
    return new Column(heading, field, Kind.COUNT);
  }

  static Column list(String heading, String field) {
    return new Column(heading, field, Kind.LIST);
  }

  private static final String GAP = "  ";

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  Table(Column... columns) {
    this.columns = List.of(columns);
  }

  Table add(Iterable<JsonNode> items) {
    for (JsonNode item : items)
      rows.add(columns.stream().map(column -> cell(column, item)).toList());
    return this;
  }

  void print(PrintWriter out) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      int at = i;
      int widest = rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0);
      widths.add(Math.max(columns.get(i).heading().length(), widest));
    }
    line(out, columns.stream().map(Column::heading).toList(), widths);
    rows.forEach(row -> line(out, row, widths));
    out.flush();
  }

  private void line(PrintWriter out, List<String> cells, List<Integer> widths) {
    var line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String padding = " ".repeat(widths.get(i) - cells.get(i).length());
      boolean right = columns.get(i).kind() == Kind.BYTES || columns.get(i).kind() == Kind.COUNT;
      line.append(i == 0 ? "" : GAP)
          .append(right ? padding + cells.get(i) : cells.get(i) + padding);
    }
    out.println(line.toString().stripTrailing());
  }

  static String cell(Column column, JsonNode item) {
    JsonNode value = item;
    for (String part : column.field().split("\\.", -1)) value = value.path(part);
    if (value.isMissingNode() || value.isNull()) return "-";
    String text =
        switch (column.kind()) {
          case BYTES -> value.isNumber() ? Sizes.bytes(value.asLong()) : value.asText();
          case LIST -> joined(value);
          case TEXT, COUNT -> value.isContainerNode() ? joined(value) : value.asText();
        };
    return text.isEmpty() ? "-" : visible(text);
  }

  private static String joined(JsonNode list) {
    var joined = new StringJoiner(", ");
    if (list.isObject()) {
      for (var one : list.properties()) joined.add(one.getKey() + " " + text(one.getValue()));
      return joined.toString();
    }
    for (JsonNode one : list) joined.add(text(one));
    return joined.toString();
  }

  private static String text(JsonNode one) {
    return one.isContainerNode() ? one.toString() : one.asText();
  }

  /** A name from the network must not move the cursor of whoever reads it. */
  static String visible(String text) {
    var visible = new StringBuilder();
    text.codePoints().forEach(c -> visible.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return visible.toString();
  }
}
