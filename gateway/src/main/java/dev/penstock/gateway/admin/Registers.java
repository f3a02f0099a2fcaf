package dev.penstock.gateway.admin;

import dev.penstock.gateway.bus.EventLog;
import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.state.TokenStore;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.bus.Events;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The gateway's registries, as the admin API sees them. */
public final class Registers {
  private Registers() {}

  public static Subjects.Modules modules(ModuleRegistry registry) {
    return new Subjects.Modules() {
      @Override
      public List<ModuleStatus> all() {
        return registry.modules();
      }

      @Override
      public Future<ModuleStatus> start(String name) {
        return registry.start(name);
      }

      @Override
      public Future<ModuleStatus> stop(String name) {
        return registry.stop(name);
      }

      @Override
      public Future<ModuleStatus> restart(String name) {
        return registry.restart(name);
      }
    };
  }

  public static Subjects.Plugins plugins(PluginRegistry registry) {
    return new Subjects.Plugins() {
      @Override
      public List<PluginStatus> all() {
        return registry.plugins();
      }

      @Override
      public Future<PluginStatus> install(Path archive, String sha256) {
        return registry.install(archive, sha256);
      }

      @Override
      public Future<PluginStatus> load(String id) {
        return registry.load(id);
      }

      @Override
      public Future<PluginStatus> unload(String id) {
        return registry.unload(id);
      }

      @Override
      public Future<PluginStatus> reload(String id) {
        return registry.reload(id);
      }

      @Override
      public Future<Void> remove(String id) {
        return registry.remove(id);
      }
    };
  }

  public static Subjects.LeaseBook leases(Leases leases) {
    return new Subjects.LeaseBook() {
      @Override
      public List<Leases.Status> all() {
        return leases.list();
      }

      @Override
      public Future<Void> release(UUID guid) {
        return leases.releaseIdle(guid);
      }
    };
  }

  public static Subjects.Tasks tasks(TaskRegistry registry) {
    return new Subjects.Tasks() {
      @Override
      public List<TaskStatus> all() {
        return registry.tasks();
      }

      @Override
      public TaskStatus cancel(UUID guid) {
        return registry.cancel(guid);
      }
    };
  }

  public static Subjects.Config config(ConfigService service) {
    return new Subjects.Config() {
      @Override
      public Map<String, Object> effective() {
        return service.effective();
      }

      @Override
      public Future<Subjects.Checked> check() {
        return service
            .check()
            .map(check -> new Subjects.Checked(check.problems(), check.warnings()));
      }

      @Override
      public Future<Subjects.Reloaded> reload() {
        return service
            .reload()
            .map(done -> new Subjects.Reloaded(done.applied(), done.needsRestart()));
      }
    };
  }

  public static Subjects.TokenBook tokens(TokenStore store) {
    return new Subjects.TokenBook() {
      @Override
      public List<Subjects.Token> all() {
        return store.list().stream()
            .map(token -> new Subjects.Token(token.name(), token.role(), token.createdAt()))
            .toList();
      }

      @Override
      public Future<String> create(String name, Role role) {
        return store.create(name, role).map(TokenStore.Created::secret);
      }

      @Override
      public Future<Void> revoke(String name) {
        return store.revoke(name);
      }

      @Override
      public Optional<Caller> holderOf(String secret) {
        return store
            .authenticate(secret)
            .map(token -> new Caller("token " + token.name(), token.role()));
      }
    };
  }

  /**
   * @param bus publishes what is in the log, after it is there
   */
  public static EventSource events(EventLog log, Events bus) {
    return new EventSource() {
      @Override
      public List<Numbered> after(long number, int max) {
        return log.after(number, max).stream()
            .map(entry -> new Numbered(entry.id(), entry.event()))
            .toList();
      }

      @Override
      public long latest() {
        return log.lastId();
      }

      @Override
      public Events.Subscription onNew(Runnable listener) {
        return bus.subscribe(_ -> listener.run());
      }
    };
  }
}
