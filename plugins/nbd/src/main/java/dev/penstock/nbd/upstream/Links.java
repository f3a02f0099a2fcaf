package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.Link;
import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ServerErrors;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.nbd.wire.Wire;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one server: one until it says that more are as good, and each that is lost is
 * made again, after a back-off. What they carry is their owner's.
 *
 * <p><b>Threads.</b> The upstream's event loop; {@link #servingNow}: any.
 */
final class Links implements Link.Owner {
  /** Whose requests they carry. */
  interface Owner {
    /** One more connection serves. */
    void there(Offer offer);

    /** None serves, and one was lost or could not be made. Another is tried, unless they end. */
    void away(Throwable cause);

    /** What is there now is not the device that was opened. */
    void changed(String how);

    /** A request has its reply. */
    void answered(Request request);

    /** A request has to be sent again. */
    void unanswered(Request request);

    /** How many requests wait for a connection. */
    int waiting();
  }

  private final ServerUri uri;
  private final int most;
  private final UpstreamLimits limits;
  private final Upstream.Reach reach;
  private final UpstreamObserver observer;
  private final Unflushed unflushed;
  private final Owner owner;
  private final Runnable onReconnect;
  private final BackOff backOff;

  private final List<Link> all = new ArrayList<>();
  private final List<Link> serving = new ArrayList<>();
  private @Nullable Offer offer;
  private boolean many;
  private boolean ended;
  private long awayNanos = System.nanoTime();
  private boolean backingOff;
  private long backOffTimer;

  // For metrics:
  private volatile int servingNow;

  /**
   * @param onReconnect comes before anything is sent to a server that may have started anew
   */
  Links(
      UpstreamSettings.Attached volume,
      UpstreamLimits limits,
      Upstream.Reach reach,
      UpstreamObserver observer,
      Unflushed unflushed,
      Owner owner,
      Runnable onReconnect) {
    this.uri = volume.uri();
    this.most = volume.connections();
    this.limits = limits;
    this.reach = reach;
    this.observer = observer;
    this.unflushed = unflushed;
    this.owner = owner;
    this.onReconnect = onReconnect;
    this.backOff =
        new BackOff(limits.backoffFirst(), limits.backoffMax(), RandomGenerator.getDefault());
  }

  /** How many serve. Any thread. */
  int servingNow() {
    return servingNow;
  }

  /** The one that serves and has the least to do. */
  Optional<Link> idlest() {
    return serving.stream().min(Comparator.comparingInt(Link::outstanding));
  }

  void flush() {
    for (Link link : List.copyOf(serving)) link.flush(); // one that fails leaves the list
  }

  /** Looks whether the servers keep up. */
  void scan(long nowNanos) {
    for (Link link : List.copyOf(all)) link.scan(nowNanos, limits.ofLink());
  }

  /** Makes as many as there should be. */
  void connect() {
    int wanted = many && !serving.isEmpty() ? most : 1;
    while (all.size() < wanted && !ended && !backingOff) { // one may fail at once
      Link link = new Link(uri, reach.tls(), this);
      all.add(link);
      try {
        reach
            .client()
            .connect(options())
            .onSuccess(link::connected)
            .onFailure(cause -> link.lose(Link.Why.CONNECT, cause));
      } catch (RuntimeException impossible) { // a path that is too long, a client that is closed
        link.lose(Link.Why.CONNECT, impossible);
      }
    }
  }

  private ConnectOptions options() {
    SocketAddress address =
        switch (uri.server()) {
          case ServerUri.Server.Tcp(String host, int port) ->
              SocketAddress.inetSocketAddress(port, host);
          case ServerUri.Server.Unix(var path) ->
              SocketAddress.domainSocketAddress(path.toString());
        };
    return new ConnectOptions()
        .setRemoteAddress(address)
        .setTimeout((int) limits.connect().toMillis());
  }

  /** Takes its leave of the server, and connects no more. */
  void end(String why) {
    ended = true;
    stopBackingOff();
    for (Link link : List.copyOf(all)) link.end(why);
  }

  @Override
  public void ready(Link link, Offer offered) {
    Optional<String> objection = offer == null ? Optional.empty() : offer.objection(offered);
    if (objection.isPresent()) {
      owner.changed(objection.get());
      return;
    }
    many = offered.has(Wire.EXPORT_CAN_MULTI_CONN);
    if (!many && !serving.isEmpty()) { // a FLUSH on one would not cover the other
      link.end("the server takes one connection now");
      return;
    }
    if (offer == null) offer = offered;
    serving.add(link);
    servingNow = serving.size();
    onReconnect.run();
    observer.connected();
    if (servingNow == 1)
      observer.there(Duration.ofNanos(System.nanoTime() - awayNanos), owner.waiting());
    owner.there(offered);
    connect();
  }

  @Override
  public void answered(Request request) {
    owner.answered(request);
  }

  @Override
  public void unanswered(Request request) {
    owner.unanswered(request);
  }

  @Override
  public void lost(Link link, Link.Why why, Throwable cause) {
    all.remove(link);
    observer.lost(why);
    boolean served = serving.remove(link);
    servingNow = serving.size();
    if (served) leftBy(link, why, cause);
    if (ended) return;
    if (serving.isEmpty()) owner.away(cause);
    if (!ended) connectLater();
  }

  private void leftBy(Link link, Link.Why why, Throwable cause) {
    if (why != Link.Why.ENDED) unflushed.lost();
    if (link.wasUseful(limits.backoffMax())) backOff.reset();
    if (!serving.isEmpty()) return;
    stopBackingOff(); // that was for one connection more, which could wait
    awayNanos = System.nanoTime();
    if (!ended) observer.away(why, ServerErrors.text(cause), owner.waiting() + link.outstanding());
  }

  private void connectLater() {
    if (backingOff) return;
    backingOff = true;
    backOffTimer =
        reach
            .vertx()
            .setTimer(
                Math.max(1, backOff.next().toMillis()),
                _ -> {
                  backingOff = false;
                  connect();
                });
  }

  private void stopBackingOff() {
    if (backingOff) reach.vertx().cancelTimer(backOffTimer);
    backingOff = false;
  }
}
