package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Turns YAML into settings, from the parser's events: nothing is resolved, converted or built from
 * classes. The part of YAML that a configuration needs is mappings, lists and plain values;
 * anchors, aliases and tags are refused, since a value would then stand somewhere else than its
 * line says.
 */
final class YamlReader {
  /** Deeper than any setting is; a file that goes deeper is no configuration. */
  static final int DEPTH_MAX = 20;

  private final String file;
  private final String text;
  private final Problems problems;
  private final ParserImpl parser;

  YamlReader(String file, String text, Problems problems) {
    this.file = file;
    this.text = text;
    this.problems = problems;
    this.parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
  }

  /**
   * Empty if the text is not YAML as far as its end: blocks that are not there cannot be checked.
   */
  Optional<Block> read() {
    int tabs = reportTabs();
    try {
      return Optional.of(document());
    } catch (TooDeep e) {
      problems.add(e.at, "blocks are nested more than %d deep".formatted(DEPTH_MAX));
    } catch (MarkedYAMLException e) {
      // A tab confuses the parser somewhere behind it: the line that it names would mislead.
      if (tabs == 0) problems.add(markOf(e), sentence(e));
    } catch (ReaderException e) {
      problems.add(
          markAt(e.getPosition()),
          "the character U+%04X has no place in a text".formatted(e.getCodePoint()));
    } catch (YAMLException e) {
      problems.add(new Mark(file, 1), "this is not YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  private int reportTabs() {
    int before = problems.count();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++)
      if (lines.get(i).matches("[ ]*\\t\\s*[^\\s#].*"))
        problems.add(new Mark(file, i + 1), "the line is indented with a tab; YAML takes spaces");
    return problems.count() - before;
  }

  private Block document() {
    parser.getEvent(); // the stream begins
    if (parser.checkEvent(Event.ID.StreamEnd)) return Block.empty("the file", new Mark(file, 1));
    parser.getEvent(); // the document begins
    Event first = parser.getEvent();
    Setting root = setting("", first, 0);
    parser.getEvent(); // the document ends
    if (!parser.checkEvent(Event.ID.StreamEnd))
      problems.add(at(parser.peekEvent()), "the file has a second document; it takes one");
    if (root instanceof Block block) return block;
    if (!(root instanceof Setting.Text(String plain, var _) && plain.isEmpty()))
      problems.add(root.at(), "the file is %s; it takes blocks".formatted(root.called()));
    return Block.empty("the file", root.at());
  }

  private Setting setting(String name, Event event, int depth) {
    if (depth > DEPTH_MAX) throw new TooDeep(at(event));
    if (event instanceof NodeEvent node) refuseReferences(node);
    return switch (event) {
      case MappingStartEvent _ -> block(name, event, depth);
      case SequenceStartEvent _ -> items(name, event, depth);
      case ScalarEvent scalar -> new Setting.Text(scalar.getValue(), at(scalar));
      default -> new Setting.Text("", at(event));
    };
  }

  private Block block(String name, Event start, int depth) {
    var block = Block.named(name.isEmpty() ? "the file" : name, at(start));
    Set<String> seen = new HashSet<>();
    for (Event next = parser.getEvent(); !next.is(Event.ID.MappingEnd); next = parser.getEvent()) {
      Setting key = setting(name, next, depth + 1);
      Event valueStart = parser.getEvent();
      if (key instanceof Setting.Text(String called, Mark keyAt)) {
        Setting value =
            setting(name.isEmpty() ? called : name + "." + called, valueStart, depth + 1);
        if (!seen.add(called))
          problems.add(keyAt, "%s is there twice".formatted(path(name, called)));
        else block.put(called, keyAt, value);
      } else {
        problems.add(key.at(), "a key is a plain word, not %s".formatted(key.called()));
        setting(name, valueStart, depth + 1);
      }
    }
    return block.build();
  }

  private static String path(String name, String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private Setting items(String name, Event start, int depth) {
    List<Setting> items = new ArrayList<>();
    for (Event next = parser.getEvent(); !next.is(Event.ID.SequenceEnd); next = parser.getEvent())
      items.add(setting(name, next, depth + 1));
    return new Setting.Items(items, at(start));
  }

  private void refuseReferences(NodeEvent node) {
    if (node instanceof AliasEvent)
      problems.add(
          at(node),
          "*%s refers to another place; write the value itself".formatted(node.getAnchor()));
    else if (node.getAnchor() != null)
      problems.add(at(node), "&%s: anchors are not taken".formatted(node.getAnchor()));
    String tag =
        switch (node) {
          case ScalarEvent scalar -> scalar.getTag();
          case MappingStartEvent mapping -> mapping.getTag();
          case SequenceStartEvent sequence -> sequence.getTag();
          default -> null;
        };
    if (tag != null) problems.add(at(node), "%s: tags are not taken".formatted(tag));
  }

  private Mark at(Event event) {
    return new Mark(file, event.getStartMark().getLine() + 1);
  }

  private Mark markOf(MarkedYAMLException e) {
    var mark = e.getProblemMark();
    return new Mark(file, mark == null ? 1 : mark.getLine() + 1);
  }

  private Mark markAt(int position) {
    long newlines = text.codePoints().limit(position).filter(c -> c == '\n').count();
    return new Mark(file, (int) newlines + 1);
  }

  private static String sentence(MarkedYAMLException e) {
    String context = e.getContext() == null ? "" : e.getContext() + ": ";
    return "this is not YAML: " + context + e.getProblem();
  }

  /** Ends the reading of a file that would end the stack. */
  @SuppressWarnings("serial") // never leaves this class
  private static final class TooDeep extends RuntimeException {
    final Mark at;

    TooDeep(Mark at) {
      super("too deep", null, false, false);
      this.at = at;
    }
  }
}
