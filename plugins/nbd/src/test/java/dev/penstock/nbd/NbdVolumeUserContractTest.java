package dev.penstock.nbd;

import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.VolumeUserContract;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Freeze, thaw and retire, as clients on sockets see them. */
class NbdVolumeUserContractTest extends VolumeUserContract {
  @Override
  protected Map<String, ?> settings() {
    return Map.of(
        "listen",
        List.of("tcp://127.0.0.1:0"),
        "exports",
        Map.of(VOLUME, Map.of("volume", VOLUME)),
        "limits",
        Map.of("shutdown", "50ms"));
  }

  @Override
  protected Client connect(FakeModuleContext host) {
    TestServer.await(host.start(new NbdModule()));
    URI address =
        URI.create(TestServer.detail(host.events().await(NbdObserver.LISTENING), "address"));
    return new Clients(new InetSocketAddress(address.getHost(), address.getPort()));
  }

  /** A connection for each call, so that calls overlap however long one of them takes. */
  private record Clients(InetSocketAddress address) implements Client {
    @Override
    public Future<Void> write(long offset, byte[] bytes) {
      return call(
              () -> {
                try (var client = RawClient.to(address).exportName(VOLUME)) {
                  return client.write(offset, bytes).error();
                }
              })
          .compose(error ->
              error == 0
                  ? Future.succeededFuture()
                  : Future.failedFuture("write failed with " + error));
    }

    @Override
    public Future<byte[]> read(long offset, int lengthBytes) {
      return call(() -> {
        try (var client = RawClient.to(address).exportName(VOLUME)) {
          return client.readData(offset, lengthBytes);
        }
      });
    }

    private static <T> Future<T> call(Callable<T> call) {
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
    public void close() {}
  }
}
