package dev.penstock.nbd;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.export.Export;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.nbd.export.OpenedVolume;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** Changes the exports there are, at once, and announces what became of them. */
record AnnouncedExports(ExportRegistry registry, NbdObserver observer) {
  Optional<ExportSettings> named(String name) {
    return registry.named(name).map(Export::settings);
  }

  /**
   * What an export is.
   *
   * @throws GatewayError.NotFound if there is none
   */
  ExportSettings require(String name) {
    return named(name).orElseThrow(() -> new GatewayError.NotFound("there is no export " + name));
  }

  /** Adds an export. Completes when its volume is open, or known to be waited for. */
  Future<Void> addOrWait(ExportSettings export) {
    return registry
        .add(export)
        .onSuccess(_ -> observer.export(NbdObserver.EXPORT_ADDED, export.name(), export.volume()))
        .otherwise(why -> {
          String text = why instanceof GatewayError e ? e.what() : why.toString();
          observer.export(NbdObserver.EXPORT_WAITING, export.name(), text);
          return null;
        });
  }

  /** An export whose volume is open, where there may be another one of its name. */
  void put(ExportSettings export, OpenedVolume volume) {
    boolean replaced = registry.put(export, volume);
    if (replaced) observer.export(NbdObserver.EXPORT_REMOVED, export.name(), "it was changed");
    observer.export(NbdObserver.EXPORT_ADDED, export.name(), export.volume());
  }

  /** Other settings of what is served all the same. */
  void change(ExportSettings before, ExportSettings wanted) {
    int barred = registry.change(wanted);
    String changes = Changes.between(before.toJson(), wanted.toJson());
    if (changes.isEmpty()) return;
    String ended = barred == 0 ? "" : "; %d connections are ended".formatted(barred);
    observer.export(NbdObserver.EXPORT_CHANGED, wanted.name(), changes + ended);
  }

  /** Those connected leave in their own time; the name is free at once, and drained if it was. */
  void discard(String name, String why) {
    registry.remove(name).otherwiseEmpty();
    observer.export(NbdObserver.EXPORT_REMOVED, name, why);
  }

  /** As {@link #discard}; whoever takes the name later is not drained. */
  void end(String name, String why) {
    discard(name, why);
    registry.resume(name);
  }

  /** Completes when everybody has left. */
  Future<Void> drain(String name, Duration limit) {
    observer.export(NbdObserver.EXPORT_DRAINED, name, "it takes nobody new");
    return registry.drain(name, limit);
  }

  void resume(String name) {
    observer.export(NbdObserver.EXPORT_RESUMED, name, "it takes clients again");
    registry.resume(name);
  }
}
