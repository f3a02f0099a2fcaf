package dev.penstock.nbd.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.nbd.upstream.UpstreamSettings.Attached;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/**
 * The kind {@code upstream}: volumes that other NBD servers have. Opening the store connects to
 * nobody; opening a volume does.
 */
@Extension
public final class UpstreamStore implements VolumeStore {
  /** A volume of the settings, and the connection to it while it is open. */
  private static final class Known {
    private final Attached attached;
    private final UpstreamObserver observer;
    private volatile VolumeInfo info;
    private final AtomicReference<Optional<Upstream>> open =
        new AtomicReference<>(Optional.empty());

    Known(Attached attached, UpstreamObserver observer, VolumeInfo info) {
      this.attached = attached;
      this.observer = observer;
      this.info = info;
      show(
          observer,
          () -> open.get().map(Upstream::connections).orElse(0),
          () -> open.get().map(Upstream::waiting).orElse(0));
    }

    /**
     * @return what is due when the volume is closed
     */
    Runnable opened(Upstream upstream) {
      Optional<Upstream> now = Optional.of(upstream);
      open.set(now);
      return () -> open.compareAndSet(now, Optional.empty());
    }
  }

  /** What there is from open to close. */
  private record Running(
      StoreContext context,
      UpstreamSettings settings,
      NetClient client,
      Map<String, Known> known) {}

  private volatile @Nullable Running running;

  @Override
  public StoreDescriptor descriptor() {
    return new StoreDescriptor("upstream", WaitsOn.NETWORK);
  }

  @Override
  public void validate(Block settings, Problems problems) {
    UpstreamSettings.read(settings, problems);
  }

  @Override
  public void open(StoreContext context) {
    UpstreamSettings settings = UpstreamSettings.read(context.settings(), new Problems());
    Map<String, Known> known = new LinkedHashMap<>();
    Instant now = context.clock().instant();
    settings
        .volumes()
        .forEach((name, attached) -> {
          var observer =
              new UpstreamObserver(
                  context.store(),
                  name,
                  attached.uri(),
                  context.events(),
                  context.clock(),
                  context.metrics());
          // Its size is not known before somebody connects.
          var info = new VolumeInfo(guid(attached.uri()), name, 0, 0, now);
          known.put(name, new Known(attached, observer, info));
        });
    NetClient client =
        context
            .vertx()
            .createNetClient(
                new NetClientOptions()
                    .setTcpNoDelay(true)
                    .setTcpKeepAlive(true)
                    // The server speaks first: without it, Linux tells it 200 ms late that we came.
                    .setTcpQuickAck(true));
    running = new Running(context, settings, client, known);
  }

  /** What a volume shows while its store is open. */
  static void show(UpstreamObserver observer, DoubleSupplier connections, DoubleSupplier waiting) {
    observer.gauge("upstream_connections", "Connections that serve", connections);
    observer.gauge("upstream_requests_waiting", "Requests that wait for a connection", waiting);
  }

  /** The same place is the same volume, in every gateway and after every restart. */
  static UUID guid(ServerUri uri) {
    return UUID.nameUUIDFromBytes(("penstock upstream " + uri).getBytes(UTF_8));
  }

  /** Without asking anybody: a volume that was never connected to has 0 bytes. */
  @Override
  public List<VolumeInfo> list() {
    return running().known.values().stream().map(known -> known.info).toList();
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    VolumeName.require(name);
    throw new GatewayError.Unsupported(
        "store %s has what other NBD servers have, and makes no volumes: name the URI of %s under its volumes"
            .formatted(running().context.store(), name));
  }

  @Override
  public Volume openVolume(String name) {
    Running now = running();
    Known known = known(now, name);
    var readAhead = new ReadAhead(known.attached.readAheadBytes());
    var reach =
        new Upstream.Reach(
            now.context.vertx(), now.client, tls(known.attached.uri(), now.settings.tls()));
    var upstream =
        new Upstream(
            known.attached, now.settings.limits(), reach, known.observer, readAhead::forget);
    Offer offer = upstream.open();
    Runnable onClose = known.opened(upstream);
    known.info =
        new VolumeInfo(
            known.info.guid(), name, UpstreamVolume.sizeBytes(offer), 0, known.info.createdAt());
    return new UpstreamVolume(
        known.info, offer, upstream, known.attached.restarts(), readAhead, known.observer, onClose);
  }

  private static Optional<ClientSSLOptions> tls(ServerUri uri, UpstreamSettings.Tls tls) {
    if (!uri.tls()) return Optional.empty();
    var options = new ClientSSLOptions();
    boolean hasHost = uri.server() instanceof ServerUri.Server.Tcp;
    options.setHostnameVerificationAlgorithm(hasHost ? "HTTPS" : "");
    tls.ca()
        .ifPresent(ca -> options.setTrustOptions(new PemTrustOptions().addCertPath(ca.toString())));
    if (tls.certificate().isPresent() && tls.key().isPresent())
      options.setKeyCertOptions(
          new PemKeyCertOptions()
              .setCertPath(tls.certificate().get().toString())
              .setKeyPath(tls.key().get().toString()));
    return Optional.of(options);
  }

  @Override
  public void remove(String name) {
    known(running(), name);
    throw new GatewayError.Unsupported(
        "store %s destroys nothing of other NBD servers: take %s out of its volumes"
            .formatted(running().context.store(), name));
  }

  @Override
  public void close() {
    Running closing = running;
    running = null;
    if (closing == null) return;
    closing.client.close().toCompletionStage().toCompletableFuture().join();
  }

  private static Known known(Running running, String name) {
    return Optional.ofNullable(running.known.get(name))
        .orElseThrow(() ->
            new GatewayError.NotFound(
                "store %s has no volume %s".formatted(running.context.store(), name)));
  }

  private Running running() {
    Running now = running;
    if (now == null) throw new IllegalStateException("the store is not open");
    return now;
  }
}
