package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.GateClient;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * The requests of one connection that are under way, and what they wait for: the gate, a worker, or
 * a volume that was not available and is tried again. None waits for longer than its limit.
 *
 * <p><b>Threads.</b> The connection's event loop, to which gate and workers come back.
 */
final class StoreWaits {
  /** What is told of a request. */
  interface Owner {
    /** It has passed the gate: it is answered, and leaves, or is handed to a worker. */
    void admitted(InFlight request);

    /** As {@link #admitted}, and nothing was received that would send its reply. */
    void admittedLater(InFlight request);

    /** A worker has finished it, well or not; it has left the gate. */
    void performed(InFlight request, Optional<Throwable> failure);

    /** It has waited for as long as it may, and wants an answer now. */
    void gaveUp(InFlight request, String detail);

    /** It is over, and was answered before, or is nobody's any more. */
    void over(InFlight request);

    /** A worker gave it back for now: another one may have its turn. */
    void postponed();
  }

  private final ChannelHandlerContext channel;
  private final VolumeGate gate;
  private final GateClient client;
  private final Owner owner;
  private final Set<InFlight> underWay = new LinkedHashSet<>();
  private final WriteLane writes;
  private boolean closed;

  StoreWaits(ChannelHandlerContext channel, VolumeGate gate, Owner owner) {
    this.channel = channel;
    this.gate = gate;
    this.owner = owner;
    this.client = new GateClient(gate);
    this.writes = new WriteLane(client, this::onLoop, this::performed);
  }

  boolean isEmpty() {
    return underWay.isEmpty();
  }

  int size() {
    return underWay.size();
  }

  /** Begins with a request: it passes the gate at once, or is held back by it. */
  void begin(RequestHeader header, StoreCall call, long nowNanos) {
    var request = new InFlight(this, header, call, nowNanos);
    if (closed) request.abandoned = true;
    underWay.add(request);
    if (gate.enter(request.passage, request)) passed(request, false);
  }

  /** The gate has let it in at last. On whichever thread opened the gate. */
  void passedLater(InFlight request) {
    onLoop(() -> passed(request, true));
  }

  private void passed(InFlight request, boolean later) {
    if (request.abandoned) {
      gate.leave(request.passage);
      owner.over(request);
    } else {
      admitted(request, later);
    }
  }

  private void admitted(InFlight request, boolean later) {
    try {
      if (later) owner.admittedLater(request);
      else owner.admitted(request);
    } catch (Throwable lost) {
      if (request.at == InFlight.At.GATE && underWay.contains(request)) {
        gate.leave(request.passage); // nobody else has it
        owner.over(request);
      }
      throw lost;
    }
    if (later) writes.inputEnds();
  }

  /** It needs no worker. */
  void leave(InFlight request) {
    gate.leave(request.passage);
  }

  /** Hands what has passed the gate to a worker; writes together, a little later. */
  void submit(InFlight request) {
    request.at = InFlight.At.WORKER;
    if (WriteBatch.takes(request)) writes.add(request);
    else submitAlone(request);
  }

  private void submitAlone(InFlight request) {
    OpenVolume volume = client.volume();
    volume
        .<Boolean>run(() -> {
          request.perform(volume.volume());
          return true;
        })
        .onComplete(
            result -> onLoop(() -> performed(request, Optional.ofNullable(result.cause()))));
  }

  /** Nothing else comes soon: writes that wait for others go now. */
  void inputEnds() {
    writes.inputEnds();
  }

  private void performed(InFlight request, Optional<Throwable> failure) {
    gate.leave(request.passage);
    if (request.abandoned) {
      owner.over(request);
    } else if (failure.isPresent() && failure.get() instanceof GatewayError.Unavailable) {
      request.at = InFlight.At.AGAIN; // a full queue, a peer that is away: until the limit for it
      owner.postponed();
    } else {
      owner.performed(request, failure);
    }
  }

  /** Nothing is to be done for it any more. */
  void remove(InFlight request) {
    underWay.remove(request);
  }

  /** Looks at what waits: tries again, or gives up what has waited for as long as the limit. */
  void scan(Duration limit, long nowNanos) {
    if (underWay.isEmpty()) return;
    for (InFlight request : List.copyOf(underWay)) {
      if (request.abandoned) continue;
      if (nowNanos - request.begunNanos >= limit.toNanos()) giveUp(request, limit);
      else if (request.at == InFlight.At.AGAIN) again(request);
    }
  }

  private void again(InFlight request) {
    request.at = InFlight.At.GATE;
    if (gate.enter(request.passage, request)) passed(request, true);
  }

  private void giveUp(InFlight request, Duration limit) {
    String detail =
        switch (request.at) {
          case GATE -> "the volume was held still for longer than %d ms";
          case WORKER -> "the volume did not answer within %d ms";
          case AGAIN -> "the volume was not available for %d ms";
        };
    owner.gaveUp(request, detail.formatted(limit.toMillis()));
    request.abandoned = true;
    if (outside(request)) owner.over(request);
  }

  /** Whether neither the gate nor a worker has it, nor will. */
  private boolean outside(InFlight request) {
    return switch (request.at) {
      case GATE -> gate.withdraw(request);
      case WORKER -> false;
      case AGAIN -> true;
    };
  }

  /** The connection is gone: what waits outside ends now, what is inside when it comes back. */
  void close() {
    closed = true;
    for (InFlight request : underWay) request.abandoned = true;
    writes.release(); // it is inside the gate, and leaves it when it comes back
    client.close(); // what goes on for it elsewhere comes back soon, and does not happen later
    for (InFlight request : new ArrayList<>(underWay)) {
      if (outside(request)) owner.over(request);
    }
  }

  private void onLoop(Runnable work) {
    if (channel.executor().inEventLoop()) {
      runHere(work);
      return;
    }
    try {
      channel.executor().execute(() -> runHere(work));
    } catch (RejectedExecutionException _) {
      runHere(work); // the loop has ended, and with it everybody else who could be in here
    }
  }

  /** A reply that cannot be written costs the connection: its client would wait for it for ever. */
  private void runHere(Runnable work) {
    try {
      work.run();
    } catch (Throwable lost) { // also an Error: the event loop would only log it
      channel.pipeline().fireExceptionCaught(lost);
    }
  }
}
