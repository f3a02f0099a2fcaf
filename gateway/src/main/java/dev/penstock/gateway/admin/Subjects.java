package dev.penstock.gateway.admin;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What the admin API shows and changes: no more of the gateway's rooms than a caller can reach.
 *
 * <p><b>Threads.</b> Everything is called on the admin API's event loop and must not block.
 * <b>Errors</b> are {@link dev.penstock.spi.GatewayError}s, thrown or in the futures.
 *
 * @param metrics the text for Prometheus
 */
public record Subjects(
    Self self,
    Modules modules,
    Plugins plugins,
    Volumes volumes,
    Snapshots snapshots,
    LeaseBook leases,
    Tasks tasks,
    Config config,
    TokenBook tokens,
    Supplier<String> metrics) {

  /** The gateway itself. */
  public interface Self {
    String name();

    UUID guid();

    String version();

    Instant startedAt();

    /** Everything that has to be well before somebody relies on this gateway. */
    List<Check> checks();
  }

  /**
   * One thing that has to be well.
   *
   * @param detail what is wrong, and what to do; empty if it is well
   */
  public record Check(String name, boolean ok, String detail) {}

  /** The modules that are configured. */
  public interface Modules {
    List<ModuleStatus> all();

    Future<ModuleStatus> start(String name);

    Future<ModuleStatus> stop(String name);

    Future<ModuleStatus> restart(String name);
  }

  /** The archives in the plugins folder. */
  public interface Plugins {
    List<PluginStatus> all();

    /** The file is the caller's to remove. */
    Future<PluginStatus> install(Path archive, String sha256);

    Future<PluginStatus> load(String id);

    Future<PluginStatus> unload(String id);

    Future<PluginStatus> reload(String id);

    Future<Void> remove(String id);
  }

  /** The volumes of all stores. */
  public interface Volumes {
    /** The stores that are configured. */
    List<String> stores();

    Future<List<Volume>> all();

    Future<Volume> find(String name);

    Future<Void> create(String name, String store, long sizeBytes);

    Future<Void> resize(String name, long sizeBytes);

    /** Whether it is a copy that follows another, which nobody writes. */
    Future<Void> setReplica(String name, boolean replica);

    Future<Void> remove(String name);

    /** Answers how long writes were held up. */
    Future<Duration> freeze(String name, Duration limit);

    Future<Void> thaw(String name);

    /** What is in a store and belongs to no volume; what is named of it is moved aside. */
    Future<List<Finding>> leftovers(String store, Optional<String> aside, boolean apply);
  }

  /**
   * A volume as an operator sees it.
   *
   * @param state in a word: idle, serving, frozen, unhealthy
   * @param trouble what is wrong, and what to do
   */
  public record Volume(
      VolumeInfo info,
      String store,
      String state,
      List<String> users,
      long dirtyBytes,
      Optional<String> trouble) {
    public Volume {
      users = List.copyOf(users);
    }
  }

  /** Who needs which snapshot. */
  public interface LeaseBook {
    List<Leases.Status> all();

    /** Only what nobody works under. */
    Future<Void> release(UUID guid);
  }

  /** Long work. */
  public interface Tasks {
    List<TaskStatus> all();

    TaskStatus cancel(UUID guid);
  }

  /** The configuration file. */
  public interface Config {
    Map<String, Object> effective();

    /** What is wrong with the file, and what may be trouble. */
    Future<Checked> check();

    Future<Reloaded> reload();
  }

  /** What a check found. */
  public record Checked(List<Problems.Problem> problems, List<Problems.Problem> warnings) {
    public Checked {
      problems = List.copyOf(problems);
      warnings = List.copyOf(warnings);
    }
  }

  /** What a reload did. */
  public record Reloaded(List<String> applied, List<String> needsRestart) {
    public Reloaded {
      applied = List.copyOf(applied);
      needsRestart = List.copyOf(needsRestart);
    }
  }

  /** Who may call over TCP. */
  public interface TokenBook extends Tokens {
    List<Token> all();

    /** Answers the secret, which nobody can be told again. */
    Future<String> create(String name, Role role);

    Future<Void> revoke(String name);
  }

  /** What is known of a token: never its secret. */
  public record Token(String name, Role role, Instant createdAt) {}
}
