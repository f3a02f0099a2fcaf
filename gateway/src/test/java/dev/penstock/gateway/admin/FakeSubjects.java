package dev.penstock.gateway.admin;

import dev.penstock.gateway.lease.Lease;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.module.ModuleLife;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** A gateway's rooms in memory: small, and as strict as the real ones where callers see it. */
public final class FakeSubjects {
  /** The one task there is. */
  public static final UUID TASK = UUID.fromString("00000000-0000-0000-0000-00000000000a");

  /** How far the one task there is has come. */
  public volatile TaskStatus.State taskState = TaskStatus.State.SUCCEEDED;

  /** Whether somebody works under the one lease there is. */
  public boolean leaseInUse = true;

  /** The one lease there is. */
  public static final UUID LEASE = UUID.fromString("00000000-0000-0000-0000-00000000000b");

  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  /** What was asked for, in order: "stop nbd". */
  public final List<String> asked = new CopyOnWriteArrayList<>();

  public volatile List<Subjects.Check> checks = List.of(new Subjects.Check("modules", true, ""));
  public volatile List<String> problems = List.of();
  final Map<String, Subjects.Volume> volumes = new TreeMap<>();
  public final FakeSnapshots snapshots = new FakeSnapshots(this);
  final Map<String, Subjects.Token> tokens = new TreeMap<>();
  volatile byte[] installed = {};

  public Subjects subjects() {
    return new Subjects(
        self(),
        modules(),
        plugins(),
        volumes(),
        snapshots,
        leases(),
        tasks(),
        config(),
        tokens(),
        () -> "up 1\n");
  }

  private Subjects.LeaseBook leases() {
    return new Subjects.LeaseBook() {
      @Override
      public List<Leases.Status> all() {
        var lease =
            new Lease(
                LEASE,
                TASK,
                TASK,
                "demo@monday",
                "module nbd",
                Lease.Kind.READ,
                NOW,
                Optional.empty());
        return List.of(new Leases.Status(lease, leaseInUse, Optional.of(NOW)));
      }

      @Override
      public Future<Void> release(UUID guid) {
        asked.add("release " + guid);
        return Future.succeededFuture();
      }
    };
  }

  private Subjects.Self self() {
    return new Subjects.Self() {
      @Override
      public String name() {
        return "here";
      }

      @Override
      public UUID guid() {
        return TASK;
      }

      @Override
      public String version() {
        return "1.0.0";
      }

      @Override
      public Instant startedAt() {
        return NOW.minusSeconds(3725);
      }

      @Override
      public List<Subjects.Check> checks() {
        return checks;
      }
    };
  }

  private Subjects.Modules modules() {
    return new Subjects.Modules() {
      @Override
      public List<ModuleStatus> all() {
        return List.of(status("nbd", ModuleLife.RUNNING));
      }

      @Override
      public Future<ModuleStatus> start(String name) {
        return done("start", name, ModuleLife.RUNNING);
      }

      @Override
      public Future<ModuleStatus> stop(String name) {
        return done("stop", name, ModuleLife.STOPPED);
      }

      @Override
      public Future<ModuleStatus> restart(String name) {
        return done("restart", name, ModuleLife.FAILED);
      }

      private Future<ModuleStatus> done(String verb, String name, ModuleLife state) {
        if (!name.equals("nbd")) throw new GatewayError.NotFound("there is no module " + name);
        asked.add(verb + " " + name);
        return Future.succeededFuture(status(name, state));
      }

      private ModuleStatus status(String name, ModuleLife state) {
        Optional<String> reason =
            state == ModuleLife.FAILED ? Optional.of("the port is taken") : Optional.empty();
        return new ModuleStatus(
            name,
            "nbd",
            Optional.of("nbd"),
            state,
            reason,
            NOW,
            Optional.empty(),
            Optional.empty());
      }
    };
  }

  private Subjects.Plugins plugins() {
    return new Subjects.Plugins() {
      private PluginStatus status(String id, PluginStatus.State state) {
        Optional<String> reason =
            state == PluginStatus.State.REFUSED
                ? Optional.of("it bundles the SPI")
                : Optional.empty();
        return new PluginStatus(
            id,
            "1.0.0",
            state,
            reason,
            id + ".zip",
            "00",
            "Penstock",
            "",
            List.of(new PluginStatus.Extension(PluginStatus.Role.STORE, "files", "Sparse files.")));
      }

      @Override
      public List<PluginStatus> all() {
        return List.of(status("volumes", PluginStatus.State.LOADED));
      }

      @Override
      public Future<PluginStatus> install(Path archive, String sha256) {
        try {
          installed = Files.readAllBytes(archive);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        asked.add("install " + sha256);
        return Future.succeededFuture(status("memory", PluginStatus.State.LOADED));
      }

      @Override
      public Future<PluginStatus> load(String id) {
        asked.add("load " + id);
        return Future.succeededFuture(status(id, PluginStatus.State.REFUSED));
      }

      @Override
      public Future<PluginStatus> unload(String id) {
        asked.add("unload " + id);
        return Future.succeededFuture(status(id, PluginStatus.State.UNLOADED));
      }

      @Override
      public Future<PluginStatus> reload(String id) {
        asked.add("reload " + id);
        return Future.succeededFuture(status(id, PluginStatus.State.LOADED));
      }

      @Override
      public Future<Void> remove(String id) {
        asked.add("remove " + id);
        return Future.succeededFuture();
      }
    };
  }

  private Subjects.Volumes volumes() {
    return new Subjects.Volumes() {
      @Override
      public List<String> stores() {
        return List.of("disk");
      }

      @Override
      public Future<List<Subjects.Volume>> all() {
        return Future.succeededFuture(new ArrayList<>(volumes.values()));
      }

      @Override
      public Future<Subjects.Volume> find(String name) {
        Subjects.Volume volume = volumes.get(name);
        return volume == null
            ? Future.failedFuture(new GatewayError.NotFound("no store has a volume " + name))
            : Future.succeededFuture(volume);
      }

      @Override
      public Future<Void> create(String name, String store, long sizeBytes) {
        if (volumes.containsKey(name))
          throw new GatewayError.Conflict("there is a volume " + name + " already");
        var info = new VolumeInfo(UUID.randomUUID(), name, sizeBytes, 4096, NOW);
        volumes.put(name, new Subjects.Volume(info, store, "idle", List.of(), 0, Optional.empty()));
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> resize(String name, long sizeBytes) {
        Subjects.Volume old = Objects.requireNonNull(volumes.remove(name));
        var info = new VolumeInfo(old.info().guid(), name, sizeBytes, 4096, NOW);
        volumes.put(
            name, new Subjects.Volume(info, "disk", "idle", List.of(), 0, Optional.empty()));
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> setReplica(String name, boolean replica) {
        asked.add((replica ? "demote " : "promote ") + name);
        Subjects.Volume old = Objects.requireNonNull(volumes.remove(name));
        VolumeInfo was = old.info();
        var info =
            new VolumeInfo(was.guid(), name, was.sizeBytes(), was.storedBytes(), NOW, replica);
        volumes.put(
            name, new Subjects.Volume(info, "disk", "idle", List.of(), 0, Optional.empty()));
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> remove(String name) {
        volumes.remove(name);
        return Future.succeededFuture();
      }

      @Override
      public Future<Duration> freeze(String name, Duration limit) {
        asked.add("freeze " + name + " " + limit);
        return Future.succeededFuture(Duration.ofMillis(12));
      }

      @Override
      public Future<Void> thaw(String name) {
        asked.add("thaw " + name);
        return Future.succeededFuture();
      }

      @Override
      public Future<List<Finding>> leftovers(String store, Optional<String> aside, boolean apply) {
        asked.add("leftovers %s %s %s".formatted(store, aside.orElse("-"), apply));
        return Future.succeededFuture(snapshots.findings);
      }
    };
  }

  private Subjects.Tasks tasks() {
    return new Subjects.Tasks() {
      @Override
      public List<TaskStatus> all() {
        return List.of(
            new TaskStatus(
                TASK,
                "settle demo",
                "gateway",
                7,
                10,
                NOW,
                taskState,
                taskState == TaskStatus.State.RUNNING ? Optional.empty() : Optional.of(NOW),
                "settled"));
      }

      @Override
      public TaskStatus cancel(UUID guid) {
        asked.add("cancel " + guid);
        return all().getFirst();
      }
    };
  }

  private Subjects.Config config() {
    return new Subjects.Config() {
      @Override
      public Map<String, Object> effective() {
        return Map.of(
            "file", "gateway.yaml",
            "gateway", Map.of(),
            "workers", Map.of(),
            "admin", Map.of(),
            "snapshots", Map.of("hooks", Map.of()),
            "stores", Map.of(),
            "volumes", Map.of(),
            "modules", Map.of());
      }

      @Override
      public Future<Subjects.Checked> check() {
        return Future.succeededFuture(
            new Subjects.Checked(
                problems.stream()
                    .map(what -> new Problems.Problem(new Mark("gateway.yaml", 3), what))
                    .toList(),
                List.of()));
      }

      @Override
      public Future<Subjects.Reloaded> reload() {
        if (!problems.isEmpty())
          return Future.failedFuture(new GatewayError.Invalid(String.join("\n", problems)));
        return Future.succeededFuture(
            new Subjects.Reloaded(List.of("module nbd: reconfigured"), List.of("admin: changed")));
      }
    };
  }

  private Subjects.TokenBook tokens() {
    return new Subjects.TokenBook() {
      @Override
      public List<Subjects.Token> all() {
        return List.copyOf(tokens.values());
      }

      @Override
      public Future<String> create(String name, Role role) {
        tokens.put(name, new Subjects.Token(name, role, NOW));
        return Future.succeededFuture("pst_made-up");
      }

      @Override
      public Future<Void> revoke(String name) {
        return tokens.remove(name) == null
            ? Future.failedFuture(new GatewayError.NotFound("there is no token " + name))
            : Future.succeededFuture();
      }

      @Override
      public Optional<Caller> holderOf(String secret) {
        return Optional.ofNullable(TestAdmin.TOKENS.get(secret));
      }
    };
  }
}
