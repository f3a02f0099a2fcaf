package dev.penstock.gateway;

import dev.penstock.gateway.bus.EventLog;
import dev.penstock.gateway.config.AdminSocket;
import dev.penstock.gateway.module.ModuleLife;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the terminal says once everything has started: what runs, where, and what to type next.
 *
 * <p>Modules have their say by the details of the events that they publish while they start: {@link
 * #ADDRESS} is a place where they listen, {@link #TRY} a command to type.
 */
final class Greeting {
  static final String ADDRESS = "address";
  static final String TRY = "try";

  private Greeting() {}

  static String of(Gateway gateway) {
    List<String> lines = new ArrayList<>();
    var config = gateway.config().running();
    lines.add(
        "Penstock \"%s\" runs on %s".formatted(config.gateway().name(), gateway.config().file()));
    for (ModuleStatus module : gateway.modules().modules())
      lines.add("  %s %s".formatted(module.name(), said(gateway, module)));
    gateway.admin().addresses().forEach(address -> lines.add("  admin API at " + address));
    Set<String> commands = new LinkedHashSet<>(details(gateway, TRY));
    commands.add(ownCommand() + socket(config.admin().socket()) + " status");
    lines.add("Next, in another terminal:");
    commands.forEach(command -> lines.add("  " + command));
    return String.join(System.lineSeparator(), lines);
  }

  /** Empty where the command line looks without being told. */
  private static String socket(Path socket) {
    return socket.equals(AdminSocket.standard()) ? "" : " --socket " + socket;
  }

  /** What to type to reach this very distribution: its path, unless the shell finds it anyway. */
  private static String ownCommand() {
    Optional<Path> launcher =
        Optional.ofNullable(System.getProperty("penstock.home"))
            .map(home -> Path.of(home, "bin", "penstock"))
            .filter(Files::exists);
    if (launcher.isEmpty()) return "penstock";
    return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
            .map(folder -> Path.of(folder, "penstock"))
            .filter(Files::exists)
            .findFirst()
            .filter(found -> isSame(found, launcher.get()))
            .isPresent()
        ? "penstock"
        : launcher.get().toString();
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException _) {
      return false;
    }
  }

  private static String said(Gateway gateway, ModuleStatus module) {
    if (module.state() != ModuleLife.RUNNING)
      return "%s: %s"
          .formatted(module.state().name().toLowerCase(Locale.ROOT), module.reason().orElse(""));
    String where =
        events(gateway)
            .filter(event -> event.subject().equals(module.name()))
            .flatMap(event -> Optional.ofNullable(event.details().get(ADDRESS)).stream())
            .distinct()
            .collect(Collectors.joining(", "));
    return where.isEmpty() ? "runs" : "serves at " + where;
  }

  private static List<String> details(Gateway gateway, String key) {
    return events(gateway)
        .flatMap(event -> Optional.ofNullable(event.details().get(key)).stream())
        .toList();
  }

  private static Stream<ModuleEvent> events(Gateway gateway) {
    return gateway.eventLog().after(0, EventLog.ENTRIES_MAX).stream()
        .map(EventLog.Entry::event)
        .filter(ModuleEvent.class::isInstance)
        .map(ModuleEvent.class::cast);
  }
}
