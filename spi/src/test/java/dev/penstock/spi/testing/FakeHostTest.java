package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners.Claim;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.module.Serving;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.net.NetServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The smallest module that does everything a module may, held to the contract. */
class FakeHostTest extends ModuleContract {
  @Override
  protected GatewayModule newModule() {
    return new Greeter();
  }

  @Override
  protected Map<String, ?> settings(Path folder) {
    return Map.of("listen", "unix:" + folder.resolve("greet.sock"), "volume", "demo");
  }

  @Override
  protected void furnish(FakeModuleContext host) {
    host.volumes().add("demo", 4096);
  }

  private record Settings(Optional<ListenAddress> listen, String volume) {
    static Settings read(Block block, Problems problems) {
      String text = block.requiredText("listen", problems);
      Settings settings =
          new Settings(
              ListenAddress.parse(text, block.at("listen").folder()),
              block.requiredText("volume", problems));
      if (settings.listen().isEmpty()) problems.add(block.at("listen"), "listen is no address");
      block.refuseOtherKeys(problems);
      return settings;
    }
  }

  /** Says hello to whoever connects. */
  private static final class Greeter implements GatewayModule {
    private final List<Claim> claims = new ArrayList<>();
    private final List<OpenVolume> volumes = new ArrayList<>();

    @Override
    public ModuleDescriptor descriptor() {
      return new ModuleDescriptor("greeter", "Says hello.");
    }

    @Override
    public void validate(Block settings, Problems problems) {
      Settings.read(settings, problems);
    }

    @Override
    public Future<Void> start(ModuleContext context) {
      Settings settings = Settings.read(context.settings(), new Problems());
      return context
          .volumes()
          .open(settings.volume(), Access.READ, new Holder())
          .compose(volume -> {
            volumes.add(volume);
            return context.listeners().claim(settings.listen().orElseThrow());
          })
          .compose(claim -> {
            claims.add(claim);
            return context
                .serve(1, () -> new Greeting(context.vertx().createNetServer(), claim))
                .compose(_ -> claim.listening());
          });
    }

    @Override
    public Future<Void> stop() {
      return Future.join(volumes.stream().map(OpenVolume::close).toList())
          .compose(_ -> Future.join(claims.stream().map(Claim::release).toList()))
          .mapEmpty();
    }
  }

  private record Greeting(NetServer server, Claim claim) implements Serving {
    @Override
    public Future<Void> start() {
      return server.connectHandler(socket -> socket.end()).listen(claim.bindTo()).mapEmpty();
    }

    @Override
    public Future<Void> stop() {
      return server.close();
    }
  }

  private static final class Holder implements VolumeUser {
    @Override
    public String name() {
      return "greeter";
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> thaw() {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return successor.close();
    }
  }
}
