package dev.penstock.gateway.listen;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The addresses that one module has taken.
 *
 * <p><b>Lifecycle.</b> {@link #releaseAll} once the module has stopped: an address that it left
 * taken could not be listened on again for as long as the process runs. <b>Threads.</b> Any;
 * answers come on the context that asked, never on one of the host's.
 */
public final class OwnedListeners implements Listeners {
  private final Listeners host;
  private final Set<Owned> taken = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  public OwnedListeners(Listeners host) {
    this.host = host;
  }

  @Override
  public Future<Claim> claim(ListenAddress address) {
    if (ended) return Future.failedFuture(over());
    return Caller.here().answer(host.claim(address).compose(this::keep));
  }

  /** The module may have stopped meanwhile. */
  private Future<Claim> keep(Claim claim) {
    var one = new Owned(claim);
    taken.add(one);
    return ended
        ? one.release().transform(_ -> Future.failedFuture(over()))
        : Future.succeededFuture(one);
  }

  /** Gives back what the module has not; nothing is taken any more. */
  public Future<Void> releaseAll() {
    ended = true;
    return Future.join(taken.stream().map(Owned::release).toList()).mapEmpty();
  }

  private static GatewayError over() {
    return new GatewayError.Conflict("the module has stopped");
  }

  /** Given back once, by the module or for it: the address may be somebody else's after that. */
  private final class Owned implements Claim {
    private final Claim claim;
    private final AtomicBoolean released = new AtomicBoolean();

    Owned(Claim claim) {
      this.claim = claim;
    }

    @Override
    public ListenAddress address() {
      return claim.address();
    }

    @Override
    public SocketAddress bindTo() {
      return claim.bindTo();
    }

    @Override
    public Optional<InheritedSocket> inherited() {
      return claim.inherited();
    }

    @Override
    public Future<Void> listening(SocketAccess access) {
      return Caller.here().answer(claim.listening(access));
    }

    @Override
    public GatewayError refused(Throwable bindFailure) {
      return claim.refused(bindFailure);
    }

    @Override
    public Future<Void> release() {
      taken.remove(this);
      if (released.getAndSet(true)) return Future.succeededFuture();
      return Caller.here().answer(claim.release());
    }
  }
}
