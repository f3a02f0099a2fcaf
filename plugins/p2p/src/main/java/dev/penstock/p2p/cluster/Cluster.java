package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Repositories that are asked as one: what is put goes to all that want it and lack it, what is got
 * comes from the one that costs least at the moment. Not of the kinds that are configured: the
 * module makes it of repositories that it has. The specification, §11.
 *
 * <p><b>Lifecycle.</b> {@link #open} and {@link #close} do nothing to the nodes, whose owner is the
 * module. <b>Threads.</b> Any context; what is under way is confined to the one that asked. A node
 * is asked only with a permit, of which all clusters share a number; nobody waits on a thread.
 */
public final class Cluster implements KeyStore {
  private final String uuid;
  private final Nodes nodes;
  private final Getting getting;
  private final Offering offering;
  private final Removing removing;
  private volatile Optional<Vertx> opened = Optional.empty();

  /**
   * @param name in the configuration
   * @param uuid of the cluster
   * @param nodes in the order of the configuration
   * @param gateway uuids by which nodes that are gateways know this one, so that they do not come
   *     back to it
   * @param permits for asking nodes, of all clusters together
   */
  public Cluster(
      String name,
      String uuid,
      List<Node> nodes,
      Set<String> gateway,
      Permits permits,
      ClusterLimits limits) {
    this(name, uuid, nodes, gateway, permits, limits, System::nanoTime);
  }

  Cluster(
      String name,
      String uuid,
      List<Node> nodes,
      Set<String> gateway,
      Permits permits,
      ClusterLimits limits,
      LongSupplier nanos) {
    this.uuid = uuid;
    List<Member> members = nodes.stream().map(node -> new Member(node, nanos)).toList();
    this.nodes = new Nodes(name, members, gateway, permits, limits, this::vertx);
    this.getting = new Getting(this.nodes);
    this.offering = new Offering(this.nodes);
    this.removing = new Removing(this.nodes, () -> Duration.ofNanos(nanos.getAsLong()).toSeconds());
  }

  @Override
  public String kind() {
    return "cluster";
  }

  @Override
  public String summary() {
    return "repositories that are asked as one";
  }

  @Override
  public void validate(Block settings, Problems problems) {}

  @Override
  public Future<Void> open(KeyStoreContext context) {
    opened = Optional.of(context.vertx());
    return Future.succeededFuture();
  }

  private Vertx vertx() {
    return opened.orElseThrow(() -> new IllegalStateException("the cluster is not open"));
  }

  @Override
  public String uuid() {
    return uuid;
  }

  /** What is known of the nodes, in the order of the configuration. */
  public List<NodeState> nodes() {
    return nodes.states();
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return getting.isPresent(key, caller);
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    return getting.get(key, file, offset, caller);
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    return offering.put(key, file, caller);
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return offering.cameOtherwise(key, file, caller);
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return removing.remove(key, before, caller);
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return removing.timestamp(caller);
  }

  /** Never: clients lock nodes, whose number is what they count. */
  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return Future.succeededFuture(Optional.empty());
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
