package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ListenAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The sockets that whoever started this process gave it: systemd's socket activation,
 * sd_listen_fds(3).
 *
 * <p>They stay open for as long as the process runs: a module gets a copy of one each time that it
 * starts. Between two lives of a module clients wait, and none is refused.
 */
final class InheritedSockets {
  /** SD_LISTEN_FDS_START: the first descriptor after the three that every process has. */
  private static final int FIRST = 3;

  /** More than any unit has; a number beyond it is no count of sockets. */
  private static final int COUNT_MAX = 1024;

  private final List<String> names;

  private InheritedSockets(List<String> names) {
    this.names = List.copyOf(names);
  }

  /** What this process was given. */
  static InheritedSockets ofThisProcess() {
    return of(System.getenv(), ProcessHandle.current().pid());
  }

  /** What a process of this number, started with this environment, was given. */
  static InheritedSockets of(Map<String, String> environment, long pid) {
    String forWhom = environment.getOrDefault("LISTEN_PID", "");
    String count = environment.getOrDefault("LISTEN_FDS", "");
    if (!forWhom.equals(Long.toString(pid)) || !count.matches("\\d{1,4}"))
      return new InheritedSockets(List.of());
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    int sockets = Math.min(Integer.parseInt(count), COUNT_MAX);
    return new InheritedSockets(
        IntStream.range(0, sockets).mapToObj(i -> i < names.length ? names[i] : "").toList());
  }

  /**
   * The descriptor of the socket of this name, or else of this number, from 0.
   *
   * @throws GatewayError.NotFound if there is none; what there is instead
   * @throws GatewayError.Conflict if several have the name
   */
  int descriptor(ListenAddress.Systemd address) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++)
      if (names.get(i).equals(address.name())) found.add(FIRST + i);
    if (found.size() > 1)
      throw new GatewayError.Conflict(
          "%s is the name of %d sockets; give each one a FileDescriptorName of its own, or use their numbers"
              .formatted(address, found.size()));
    return found.stream().findFirst().or(() -> numbered(address.name())).orElseThrow(none(address));
  }

  private Optional<Integer> numbered(String name) {
    if (!name.matches("\\d{1,4}")) return Optional.empty();
    int number = Integer.parseInt(name);
    return number < names.size() ? Optional.of(FIRST + number) : Optional.empty();
  }

  private Supplier<GatewayError> none(ListenAddress.Systemd address) {
    if (names.isEmpty())
      return () ->
          new GatewayError.NotFound(
              "%s: this process was given no socket; start it through a .socket unit of systemd"
                  .formatted(address));
    String there =
        IntStream.range(0, names.size())
            .mapToObj(i -> names.get(i).isEmpty() ? "" + i : "%d (%s)".formatted(i, names.get(i)))
            .collect(Collectors.joining(", "));
    return () ->
        new GatewayError.NotFound(
            "%s: this process was given no such socket; it has %s".formatted(address, there));
  }
}
