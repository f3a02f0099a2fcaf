package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** A user that does nothing but pass the gate keeps the contract. */
class VolumeGateContractTest extends VolumeUserContract {
  @Override
  protected Client connect(FakeModuleContext host) throws Exception {
    var late = new LateUser();
    OpenVolume open =
        host.volumes()
            .open(VOLUME, Access.WRITE, late)
            .toCompletionStage()
            .toCompletableFuture()
            .get();
    VolumeGate gate = new VolumeGate("the test", host.vertx(), open);
    late.gate.complete(gate);
    return new Gated(gate);
  }

  /** The gate needs the open volume, and opening needs the user: so the user comes first. */
  private static final class LateUser implements VolumeUser {
    private final CompletableFuture<VolumeGate> gate = new CompletableFuture<>();

    @Override
    public String name() {
      return gate.join().name();
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return gate.join().freeze(limit);
    }

    @Override
    public Future<Void> halt(Duration limit) {
      return gate.join().halt(limit);
    }

    @Override
    public Future<Void> thaw() {
      return gate.join().thaw();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return gate.join().retire(successor, limit);
    }
  }

  private record Gated(VolumeGate gate) implements Client {
    @Override
    public Future<Void> write(long offset, byte[] bytes) {
      return pass(
          Passage.WRITE,
          () -> {
            gate.volume().volume().write(offset, ByteBuffer.wrap(bytes));
            return null;
          });
    }

    @Override
    public Future<byte[]> read(long offset, int lengthBytes) {
      return pass(
          Passage.READ,
          () -> {
            ByteBuffer target = ByteBuffer.allocate(lengthBytes);
            gate.volume().volume().read(offset, target);
            return target.array();
          });
    }

    private <T> Future<T> pass(Passage passage, Callable<T> call) {
      Promise<T> done = Promise.promise();
      Runnable request =
          () ->
              gate.volume()
                  .run(call)
                  .onComplete(result -> {
                    gate.leave(passage);
                    done.handle(result);
                  });
      if (gate.enter(passage, request)) request.run();
      return done.future();
    }

    @Override
    public void close() {}
  }
}
