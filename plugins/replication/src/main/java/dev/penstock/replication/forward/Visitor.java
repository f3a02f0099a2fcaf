package dev.penstock.replication.forward;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.GateClient;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One connection that a client is led on by, and what it has under way: whatever has not begun by
 * the time that it ends never does.
 *
 * <p><b>Threads.</b> The connection's event loop.
 */
final class Visitor {
  private static final Duration ASK_AGAIN = Duration.ofMillis(1);

  private final Vertx vertx;
  private final Context context;
  private final Set<Request> requests = new HashSet<>();
  private final Map<String, At> at = new HashMap<>();
  private boolean gone;

  /** What it uses of a volume. */
  private record At(VolumeGate gate, GateClient client) {}

  /** What a request asks of the volume. Blocks. */
  @FunctionalInterface
  interface Work {
    Buffer on(Volume volume);
  }

  Visitor(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  /** What comes of a request, once it has passed the gate; and never after the connection. */
  Future<Buffer> pass(String volume, VolumeGate gate, Passage passage, Work work) {
    if (gone) return Future.failedFuture(ended());
    var request = new Request(gate, client(volume, gate), passage, work);
    requests.add(request);
    request.begin();
    return request.done.future();
  }

  private GateClient client(String volume, VolumeGate gate) {
    At known = at.get(volume);
    if (known != null && known.gate().equals(gate)) return known.client();
    if (known != null) known.client().close(); // nobody had asked for it for a while
    var client = new GateClient(gate);
    at.put(volume, new At(gate, client));
    return client;
  }

  /** The connection has ended. */
  void leave() {
    gone = true;
    at.values().forEach(one -> one.client().close());
    List.copyOf(requests).forEach(Request::abandon);
  }

  private static GatewayError ended() {
    return new GatewayError.Unavailable(
        Scope.CONNECTION, ASK_AGAIN, "the connection that asked is over");
  }

  private final class Request implements Runnable {
    private final VolumeGate gate;
    private final GateClient client;
    private final Passage passage;
    private final Work work;
    private final Promise<Buffer> done = Promise.promise();
    private long timer = -1;
    private volatile boolean abandoned;

    Request(VolumeGate gate, GateClient client, Passage passage, Work work) {
      this.gate = gate;
      this.client = client;
      this.passage = passage;
      this.work = work;
    }

    void begin() {
      if (gate.enter(passage, this)) admitted();
      else timer = vertx.setTimer(ForwardApi.HELD_MAX.toMillis(), _ -> giveUp());
    }

    /** The gate has let it in at last. On whichever thread opened the gate. */
    @Override
    public void run() {
      context.runOnContext(_ -> admitted());
    }

    private void admitted() {
      if (abandoned) {
        gate.leave(passage);
        end(Future.failedFuture(ended()));
        return;
      }
      OpenVolume volume = client.volume();
      volume
          .<Buffer>run(() -> {
            if (abandoned) throw ended();
            return work.on(volume.volume());
          })
          .onComplete(result -> {
            gate.leave(passage);
            end(
                result.succeeded()
                    ? Future.succeededFuture(result.result())
                    : Future.failedFuture(result.cause()));
          });
    }

    /** Certainly not done: whoever asked may ask again. */
    private void giveUp() {
      if (!gate.withdraw(this)) return;
      end(
          Future.failedFuture(
              new GatewayError.Unavailable(
                  Scope.RESOURCE, ASK_AGAIN, "the volume is being held still")));
    }

    void abandon() {
      abandoned = true;
      if (gate.withdraw(this)) end(Future.failedFuture(ended()));
    }

    private void end(Future<Buffer> outcome) {
      vertx.cancelTimer(timer);
      requests.remove(this);
      outcome.onComplete(done);
    }
  }
}
