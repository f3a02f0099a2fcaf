package dev.penstock.replication.forward;

import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.VolumeUserContract;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;

/** Freeze, halt, thaw and retire, as clients see them that another gateway leads on to here. */
class JoinedVolumeContractTest extends VolumeUserContract {
  @Override
  protected Client connect(FakeModuleContext host) {
    var there = new NewOwner(host.vertx(), host.volumes());
    there.recordOwned(VOLUME);
    var here = new OldOwner(host.vertx(), there.port());
    return new Clients(there, here, here.open(VOLUME));
  }

  /** A client for each call, so that calls overlap however long one of them takes. */
  private record Clients(NewOwner there, OldOwner here, Volume volume) implements Client {
    @Override
    public Future<Void> write(long offset, byte[] bytes) {
      return call(
              own -> {
                own.write(offset, ByteBuffer.wrap(bytes));
                return bytes;
              })
          .mapEmpty();
    }

    @Override
    public Future<byte[]> read(long offset, int lengthBytes) {
      return call(own -> {
        ByteBuffer target = ByteBuffer.allocate(lengthBytes);
        own.read(offset, target);
        return target.array();
      });
    }

    private interface Use {
      byte[] of(Volume own);
    }

    private Future<byte[]> call(Use use) {
      return started(() -> {
        try (Volume own = volume.forClient()) {
          return use.of(own);
        }
      });
    }

    private static <T> Future<T> started(Callable<T> call) {
      Promise<T> done = Promise.promise();
      Thread.ofVirtual()
          .start(() -> {
            try {
              done.complete(call.call());
            } catch (Throwable t) {
              done.fail(t);
            }
          });
      return done.future();
    }

    @Override
    public void close() {
      here.close();
      there.close();
    }
  }
}
