package dev.penstock.gateway.config;

import dev.penstock.gateway.plugin.InLoader;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.gateway.plugin.PluginFolder;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.FileHandles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A configuration file, and everything that is wrong with it. {@code check}, {@code run} and a
 * reload all come through here, so that they say the same.
 *
 * @param config what was read; only of use if there are no problems
 * @param warnings what is no mistake and may be trouble; none while there are problems
 * @param plugins that the settings were held against
 */
public record ConfigCheck(
    Path file,
    Optional<GatewayConfig> config,
    List<Problems.Problem> problems,
    List<Problems.Problem> warnings,
    List<PluginStatus> plugins) {

  public ConfigCheck {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
    plugins = List.copyOf(plugins);
  }

  /**
   * For a process that has loaded no plugins: loads those that the file names from a temporary
   * folder, asks them about their settings, and lets them go. Makes nothing else. Blocks.
   */
  public static ConfigCheck of(Path file) {
    var problems = new Problems();
    Optional<GatewayConfig> config = read(file, problems);
    if (config.isEmpty()) return refused(file, config, problems);
    Path folder = config.get().gateway().plugins();
    if (!hasPlugins(config.get())) {
      problems.add(
          config.get().root().block("gateway", problems).at("plugins"),
          "gateway: plugins is %s, and there is no such folder".formatted(folder));
      return refused(file, config, problems);
    }
    try (var plugins = new PluginFolder(folder, temporaryFolder())) {
      return askedAll(file, config.get(), plugins, problems);
    }
  }

  /**
   * What a gateway begins with.
   *
   * @param plugins that were asked, for the caller to close; there if and only if the check is good
   */
  public record Loaded(ConfigCheck check, Optional<PluginFolder> plugins) {}

  /**
   * The same for a process that is to run the configuration: if it is good, the plugins stay, so
   * that they are unpacked and loaded once. Otherwise nothing stays that was made.
   */
  public static Loaded loading(Path file) {
    var problems = new Problems();
    Optional<GatewayConfig> config = read(file, problems);
    // Refused already; all that is wrong is said at once, and how long that takes does not matter.
    if (config.isEmpty() || !problems.isEmpty() || !hasPlugins(config.get()))
      return new Loaded(of(file), Optional.empty());
    var settings = config.get().gateway();
    var plugins = PluginFolder.ofGateway(settings.plugins(), settings.state());
    ConfigCheck check = askedAll(file, config.get(), plugins, problems);
    if (check.isGood()) return new Loaded(check, Optional.of(plugins));
    plugins.close();
    return new Loaded(check, Optional.empty());
  }

  private static boolean hasPlugins(GatewayConfig config) {
    return Files.isDirectory(config.gateway().plugins());
  }

  /** Loads every plugin and asks those that the configuration names. */
  private static ConfigCheck askedAll(
      Path file, GatewayConfig config, PluginFolder plugins, Problems problems) {
    try {
      List<PluginStatus> statuses = plugins.loadAll();
      askPlugins(config, plugins, statuses, problems);
      return held(file, config, plugins, statuses, problems);
    } catch (GatewayError e) { // the folder cannot be listed, or is no folder of plugins
      problems.add(
          config.root().block("gateway", problems).at("plugins"), "gateway: plugins: " + e.what());
      return refused(file, Optional.of(config), problems);
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("penstock-check-");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder for the plugins", e);
    }
  }

  /** For a gateway that runs: holds the file, as it is now, against the plugins that are loaded. */
  static ConfigCheck against(Path file, Kinds kinds, List<PluginStatus> statuses) {
    var problems = new Problems();
    Optional<GatewayConfig> config = read(file, problems);
    if (config.isEmpty()) return refused(file, config, problems);
    askPlugins(config.get(), kinds, statuses, problems);
    return held(file, config.get(), kinds, statuses, problems);
  }

  private static ConfigCheck refused(Path file, Optional<GatewayConfig> config, Problems problems) {
    return new ConfigCheck(file, config, problems.inOrder(), List.of(), List.of());
  }

  private static ConfigCheck held(
      Path file,
      GatewayConfig config,
      Kinds kinds,
      List<PluginStatus> statuses,
      Problems problems) {
    List<Problems.Problem> warnings = new ArrayList<>();
    if (problems.isEmpty()) {
      warnings.addAll(problems.warnings());
      warnings.addAll(
          HandleCheck.warnings(fileHandles(config, kinds, problems), HandleCheck.limit()));
    }
    return new ConfigCheck(file, Optional.of(config), problems.inOrder(), warnings, statuses);
  }

  private static List<FileHandles> fileHandles(
      GatewayConfig config, Kinds kinds, Problems problems) {
    List<FileHandles> all = new ArrayList<>();
    AdminConfig admin = config.admin();
    int listeners = admin.listen().isPresent() ? 2 : 1;
    Block limits = config.root().block("admin", problems).block("limits", problems);
    all.add(
        new FileHandles(
            (long) admin.limits().connectionsMax() * listeners,
            "connections of the admin API",
            limits.at("connections")));
    for (ModuleConfig module : config.modules())
      ask(
          () -> kinds.newModule(module.kind()),
          made -> all.addAll(made.object().fileHandles(module.settings())),
          module.at(),
          problems);
    return all;
  }

  private static Optional<GatewayConfig> read(Path file, Problems problems) {
    Path absolute = file.toAbsolutePath().normalize();
    // Marks keep the name as it was given; relative paths begin at its folder either way.
    return ConfigFile.read(file, problems)
        .map(root -> GatewayConfig.read(absolute, root, problems));
  }

  private static void askPlugins(
      GatewayConfig config, Kinds kinds, List<PluginStatus> statuses, Problems problems) {
    for (StoreConfig store : config.stores())
      if (known("store", store.kind(), store.settings(), kinds.storeKinds(), statuses, problems))
        ask(
            () -> kinds.newStore(store.kind()),
            made -> made.object().validate(store.settings(), problems),
            store.at(),
            problems);
    for (ModuleConfig module : config.modules())
      if (known(
          "module", module.kind(), module.settings(), kinds.moduleKinds(), statuses, problems))
        ask(
            () -> kinds.newModule(module.kind()),
            made -> made.object().validate(module.settings(), kinds.extensions(), problems),
            module.at(),
            problems);
    ListenClash.report(config, problems); // last: it reads every key, and so hides unknown ones
  }

  private static boolean known(
      String what,
      String kind,
      Block block,
      Set<String> kinds,
      List<PluginStatus> statuses,
      Problems problems) {
    if (kinds.contains(kind)) return true;
    String nearest = Nearest.to(kind, kinds).map(k -> "; did you mean " + k + "?").orElse("");
    problems.add(
        block.has("kind") ? block.at("kind") : block.at(),
        "%s: no plugin provides the kind of %s \"%s\"%s%s"
            .formatted(block.name(), what, kind, nearest, refusals(statuses)));
    return false;
  }

  /** Why a kind is not there is most often that its plugin was refused. */
  private static String refusals(List<PluginStatus> statuses) {
    String refused =
        statuses.stream()
            .filter(plugin -> plugin.state() == PluginStatus.State.REFUSED)
            .map(plugin -> plugin.archive() + ": " + plugin.reason().orElse(""))
            .collect(Collectors.joining("; "));
    return refused.isEmpty() ? "" : " (refused: " + refused + ")";
  }

  private static <T> void ask(
      Supplier<Kinds.Made<T>> maker, Consumer<Kinds.Made<T>> question, Mark at, Problems problems) {
    try {
      Kinds.Made<T> made = maker.get();
      InLoader.run(made.loader(), () -> question.accept(made));
    } catch (GatewayError e) {
      problems.add(at, e.what());
    } catch (RuntimeException | LinkageError e) {
      problems.add(at, "its plugin failed to check the settings: " + PluginFault.text(e));
    }
  }

  public boolean isGood() {
    return problems.isEmpty() && config.isPresent();
  }

  /** What may be trouble, a line each. */
  public Stream<String> warned() {
    return warnings.stream().map(warning -> "warning: " + warning);
  }

  /** A line for each problem, and one that sums up; the same wherever it is shown. */
  public String text() {
    if (isGood())
      return warned().map(line -> line + "\n").collect(Collectors.joining())
          + "%s: the configuration is good".formatted(file);
    String lines =
        problems.stream().map(Problems.Problem::toString).collect(Collectors.joining("\n"));
    return "%s%n%d %s; nothing was started or changed"
        .formatted(lines, problems.size(), problems.size() == 1 ? "problem" : "problems");
  }
}
