package dev.penstock.nbd.upstream;

import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A store with one volume, {@code disk}, of some server. */
public final class TestStore implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final UpstreamStore store = new UpstreamStore();
  private final FakeStoreContext context;
  private final List<Volume> opened = new ArrayList<>();

  private TestStore(Map<String, ?> settings) {
    context = FakeStoreContext.of("far", TestSettings.block("stores.far", settings), vertx);
    store.open(context);
  }

  /** Limits that suit a test: nothing is waited for longer than has to be. */
  static final Map<String, String> QUICK =
      Map.of("backoff_first", "10ms", "backoff_max", "40ms", "give_up", "30s");

  public static TestStore of(String uri) {
    return of(uri, Map.of(), Map.of());
  }

  public static TestStore of(String uri, Map<String, ?> volume) {
    return of(uri, volume, Map.of());
  }

  /**
   * @param volume settings of the volume beside its URI
   * @param limits beside {@link #QUICK}
   */
  static TestStore of(String uri, Map<String, ?> volume, Map<String, String> limits) {
    return of(uri, volume, limits, Map.of());
  }

  static TestStore of(
      String uri, Map<String, ?> volume, Map<String, String> limits, Map<String, ?> more) {
    Map<String, Object> disk = new LinkedHashMap<>(volume);
    disk.put("uri", uri);
    Map<String, String> all = new LinkedHashMap<>(QUICK);
    all.putAll(limits);
    Map<String, Object> settings = new LinkedHashMap<>(more);
    settings.put("volumes", Map.of("disk", disk));
    settings.put("limits", all);
    return new TestStore(settings);
  }

  UpstreamStore store() {
    return store;
  }

  FakeStoreContext context() {
    return context;
  }

  /** The volume, which is closed with the store. */
  public Volume open() {
    Volume volume = store.openVolume("disk");
    opened.add(volume);
    return volume;
  }

  long counted(String name, String... more) {
    List<String> labels = new ArrayList<>(List.of("store", "far", "volume", "disk"));
    labels.addAll(List.of(more));
    return context.metrics().counted(name, labels.toArray(String[]::new));
  }

  public long writtenBytes() {
    return counted("upstream_bytes", "direction", "written");
  }

  public long replays() {
    return counted("upstream_replays");
  }

  public long lostConnections() {
    return counted("upstream_lost", "why", "closed");
  }

  double gauged(String name) {
    return context.metrics().gauged(name, "store", "far", "volume", "disk");
  }

  @Override
  public void close() {
    opened.forEach(Volume::close);
    store.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
