package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Properties;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plugins. */
@Command(
    name = "plugin",
    description = "Plugins: the code that stores and modules come from.",
    synopsisSubcommandLabel = "COMMAND")
final class PluginCommand extends Group {
  @Command(
      name = "list",
      description = "Lists the archives in the plugins folder, and what became of them.")
  void list() {
    list(
        "/v1/plugins",
        "plugins",
        new Table(
            Table.text("PLUGIN", "id"),
            Table.text("VERSION", "version"),
            Table.text("STATE", "state"),
            Table.list("BRINGS", "kinds"),
            Table.text("REASON", "reason")));
  }

  @Command(
      name = "install",
      description = {
        "Sends an archive to the gateway, which checks, keeps and loads it.",
        "The gateway takes it only if admin.plugin_install is true: a plugin may do what the"
            + " gateway may."
      })
  void install(
      @Parameters(paramLabel = "ARCHIVE", description = "The plugin's zip.") Path archive,
      @Option(
              names = "--sha256",
              paramLabel = "HEX",
              defaultValue = "",
              description = "What its author says; computed from the file if not given.")
          String sha256) {
    String actual = digest(archive);
    String wanted = sha256.toLowerCase(Locale.ROOT);
    if (!wanted.isEmpty() && !wanted.equals(actual))
      throw new Failure(
          ExitCode.CONFLICT,
          "%s is not the archive that was meant: its SHA-256 is %s".formatted(archive, actual));
    JsonNode status =
        client()
            .upload(path("plugins", id(archive)) + "?sha256=" + actual, "application/zip", archive);
    told(status);
  }

  @Command(
      name = "reload",
      description = "Unloads a plugin, loads its archive, starts again what ran.")
  void reload(
      @Parameters(paramLabel = "PLUGIN") String plugin,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Reload " + plugin + "? The clients of its modules are cut off.");
    told(client().send("POST", path("plugins", plugin) + "/reload"));
  }

  @Command(name = "load", description = "Loads a plugin that lies in the folder.")
  void load(@Parameters(paramLabel = "PLUGIN") String plugin) {
    told(client().send("POST", path("plugins", plugin) + "/load"));
  }

  @Command(name = "unload", description = "Stops what a plugin runs; its archive stays.")
  void unload(
      @Parameters(paramLabel = "PLUGIN") String plugin,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Unload " + plugin + "? Its modules stop and its stores are closed.");
    told(client().send("POST", path("plugins", plugin) + "/unload"));
  }

  @Command(name = "remove", description = "Unloads a plugin and deletes its archive.")
  void remove(
      @Parameters(paramLabel = "PLUGIN") String plugin,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Remove " + plugin + " and its archive?");
    done(client().send("DELETE", path("plugins", plugin)), "removed " + plugin);
  }

  private void told(JsonNode status) {
    String id = status.path("id").asText();
    String state = status.path("state").asText();
    done(status, "plugin %s %s: %s".formatted(id, status.path("version").asText(), state));
    if (state.equals("refused"))
      throw new Failure(ExitCode.FAILED, status.path("reason").asText("the plugin was refused"));
  }

  private static String digest(Path archive) {
    try (InputStream in = Files.newInputStream(archive)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[AdminClient.COPY_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new Failure(ExitCode.USAGE, archive + " cannot be read");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String id(Path archive) {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry("plugin.properties");
      if (entry == null)
        throw new Failure(ExitCode.USAGE, archive + " is no plugin: it has no plugin.properties");
      var properties = new Properties();
      properties.load(zip.getInputStream(entry));
      String id = properties.getProperty("plugin.id", "");
      if (id.isBlank())
        throw new Failure(ExitCode.USAGE, archive + " is no plugin: plugin.id is missing");
      return id.strip();
    } catch (IOException e) {
      throw new Failure(ExitCode.USAGE, archive + " is no zip archive");
    }
  }
}
