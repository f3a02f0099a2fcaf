package dev.penstock.gateway.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Builds a plugin's archive from Java sources as texts, so that loaders have real work. */
public final class TestPlugin {
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Map<String, String> sources = new LinkedHashMap<>();
  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private final List<String> extensions = new ArrayList<>();
  private boolean indexed = true;

  private TestPlugin(String id, String version) {
    properties.put("plugin.id", id);
    properties.put("plugin.version", version);
    properties.put("plugin.requires", ">=1.0.0 & <2.0.0");
  }

  public static TestPlugin of(String id, String version) {
    return new TestPlugin(id, version);
  }

  /** A module of this kind whose {@code start} and {@code stop} are these bodies. */
  public static TestPlugin module(String id, String version, String start, String stop) {
    return of(id, version).extension("Made", moduleSource("Made", id, "", start, stop));
  }

  /**
   * @param members fields and methods of the class's own
   */
  public static String moduleSource(
      String name, String kind, String members, String start, String stop) {
    return """
    import dev.penstock.spi.GatewayError;
    import dev.penstock.spi.bus.*;
    import dev.penstock.spi.config.*;
    import dev.penstock.spi.module.*;
    import io.vertx.core.*;

    public class %s implements GatewayModule {
      %s
      public ModuleDescriptor descriptor() { return new ModuleDescriptor("%s", "made for a test"); }
      public void validate(Block settings, Problems problems) {
        settings.text("greeting", "hello", problems);
        settings.refuseOtherKeys(problems);
      }
      public Future<Void> start(ModuleContext context) { %s }
      public Future<Void> stop() { %s }
    }
    """
        .formatted(name, members, kind, start, stop);
  }

  /** A rule of retention that keeps everything and takes the setting {@code phase}. */
  public static String ruleSource(String name, String key) {
    return """
    import dev.penstock.spi.config.*;
    import dev.penstock.spi.retention.*;
    import java.util.BitSet;

    public class %s implements RetentionRule {
      public String key() { return "%s"; }
      public String summary() { return "made for a test"; }
      public ConfiguredRule read(Block settings, Problems problems) {
        settings.text("phase", "new", problems);
        settings.refuseOtherKeys(problems);
        return series -> new BitSet();
      }
    }
    """
        .formatted(name, key);
  }

  /** A module that only says that it runs. */
  public static TestPlugin quiet(String id, String version) {
    return module(id, version, DONE, DONE);
  }

  public static final String DONE = "return Future.succeededFuture();";

  public TestPlugin property(String key, String value) {
    properties.put(key, value);
    return this;
  }

  public TestPlugin without(String key) {
    properties.remove(key);
    return this;
  }

  public TestPlugin extension(String className, String source) {
    extensions.add(className);
    return source(className, source);
  }

  public TestPlugin source(String className, String source) {
    sources.put(className, source);
    return this;
  }

  public TestPlugin entry(String name, byte[] bytes) {
    entries.put(name, bytes);
    return this;
  }

  /** As javac leaves it that was not told to run pf4j's processor. */
  public TestPlugin withoutIndex() {
    indexed = false;
    return this;
  }

  public TestPlugin index(String className) {
    extensions.add(className);
    return this;
  }

  /** Compiles, and writes {@code <folder>/<id>-<version>.zip}. */
  public Path zipInto(Path folder) {
    return zipTo(
        folder.resolve(
            properties.getOrDefault("plugin.id", "nameless")
                + "-"
                + properties.getOrDefault("plugin.version", "0")
                + ".zip"));
  }

  public Path zipTo(Path file) {
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      var manifest = new StringBuilder();
      properties.forEach((key, value) -> manifest.append(key + "=" + value + "\n"));
      put(zip, "plugin.properties", manifest.toString().getBytes(StandardCharsets.UTF_8));
      for (var one : compiled().entrySet())
        put(zip, "classes/" + one.getKey() + ".class", one.getValue());
      if (indexed)
        put(
            zip,
            "classes/META-INF/extensions.idx",
            String.join("\n", extensions).getBytes(StandardCharsets.UTF_8));
      for (var entry : entries.entrySet()) put(zip, entry.getKey(), entry.getValue());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(bytes);
    zip.closeEntry();
  }

  private Map<String, byte[]> compiled() throws IOException {
    if (sources.isEmpty()) return Map.of();
    var compiler = ToolProvider.getSystemJavaCompiler();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    Path out = Files.createTempDirectory("test-plugin-");
    try (var files = compiler.getStandardFileManager(diagnostics, null, null)) {
      List<SourceText> texts =
          sources.entrySet().stream().map(s -> new SourceText(s.getKey(), s.getValue())).toList();
      boolean good =
          compiler
              .getTask(
                  Writer.nullWriter(),
                  files,
                  diagnostics,
                  List.of("-proc:none", "-d", out.toString(), "-cp", classPath()),
                  null,
                  texts)
              .call();
      if (!good) throw new IllegalArgumentException(diagnostics.getDiagnostics().toString());
      Map<String, byte[]> classes = new LinkedHashMap<>();
      try (var found = Files.newDirectoryStream(out, "*.class")) {
        for (Path file : found)
          classes.put(
              file.getFileName().toString().replace(".class", ""), Files.readAllBytes(file));
      }
      return classes;
    } finally {
      Folders.remove(out);
    }
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static final class SourceText extends SimpleJavaFileObject {
    private final String text;

    SourceText(String className, String text) {
      super(URI.create("string:///" + className + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
