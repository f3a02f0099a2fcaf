package dev.penstock.gateway.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every Java file is as google-java-format writes it; {@code -Dformat=write} writes it so. */
class FormattingTest {
  private final Formatter formatter = new Formatter();

  @Test
  void everyJavaFileIsFormatted() throws Exception {
    boolean write = "write".equals(System.getProperty("format"));
    List<String> different = new ArrayList<>();
    List<Path> files = Repository.files(".java");
    for (Path file : files) {
      String before = Files.readString(file);
      String after = formatted(file, before);
      if (after.equals(before)) continue;
      if (write) Files.writeString(file, after);
      else different.add(Repository.root().relativize(file) + ":" + firstDifference(before, after));
    }

    assertThat(files).hasSizeGreaterThan(100);
    assertThat(different).as("not formatted; mvn verify -Dformat=write mends it").isEmpty();
  }

  private String formatted(Path file, String text) throws IOException {
    try {
      return formatter.formatSourceAndFixImports(text);
    } catch (FormatterException e) {
      throw new AssertionError(file + " is no Java: " + e.getMessage(), e);
    }
  }

  private static int firstDifference(String before, String after) {
    List<String> old = before.lines().toList();
    List<String> formatted = after.lines().toList();
    int line = 0;
    while (line < old.size()
        && line < formatted.size()
        && old.get(line).equals(formatted.get(line))) line++;
    return line + 1;
  }
}
