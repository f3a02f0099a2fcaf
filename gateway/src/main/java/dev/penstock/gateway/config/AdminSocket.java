package dev.penstock.gateway.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where the gateway and its command line meet when nobody says otherwise. */
public final class AdminSocket {
  /** Names the socket for the gateway and the command line alike. */
  public static final String VARIABLE = "PENSTOCK_SOCKET";

  private AdminSocket() {}

  /** For this process. */
  public static Path standard() {
    return standard(System.getenv());
  }

  /** For a process with this environment and the user of this one. */
  public static Path standard(Map<String, String> environment) {
    return standard(environment, uid());
  }

  /**
   * {@code $PENSTOCK_SOCKET}; else {@code /run/penstock/admin.sock} for root; else {@code
   * $XDG_RUNTIME_DIR/penstock/admin.sock}; else a folder of the user's own in {@code /tmp}.
   */
  static Path standard(Map<String, String> environment, int uid) {
    String named = environment.getOrDefault(VARIABLE, "");
    if (!named.isEmpty()) return Path.of(named).toAbsolutePath().normalize();
    if (uid == 0) return Path.of("/run/penstock/admin.sock");
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (runtime.startsWith("/")) return Path.of(runtime, "penstock", "admin.sock");
    return Path.of("/tmp/penstock-" + uid, "admin.sock");
  }

  /** The user of this process. */
  public static int uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted", e);
    }
  }
}
