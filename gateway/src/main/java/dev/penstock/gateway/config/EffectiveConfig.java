package dev.penstock.gateway.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The configuration as it is in force, for people and programs to read. */
final class EffectiveConfig {
  private EffectiveConfig() {}

  static Map<String, Object> of(GatewayConfig config) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("file", config.file().toString());
    all.put("gateway", gateway(config.gateway()));
    all.put("workers", workers(config.workers()));
    all.put("admin", admin(config.admin()));
    all.put("snapshots", snapshots(config.snapshots()));
    all.put("stores", stores(config));
    all.put("volumes", volumes(config));
    all.put("modules", modules(config));
    return all;
  }

  private static Map<String, Object> gateway(GatewaySettings gateway) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", gateway.name());
    shown.put("state", gateway.state().toString());
    shown.put("plugins", gateway.plugins().toString());
    shown.put("start_limit", written(gateway.startLimit()));
    shown.put("shutdown_limit", written(gateway.shutdownLimit()));
    shown.put("log", gateway.log().name().toLowerCase(Locale.ROOT));
    return shown;
  }

  private static Map<String, Object> workers(WorkersConfig workers) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("file_threads", workers.fileThreads());
    shown.put("file_queue", workers.fileQueue());
    shown.put("network_calls", workers.networkCalls());
    return shown;
  }

  private static Map<String, Object> admin(AdminConfig admin) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("socket", admin.socket().toString());
    admin.listen().ifPresent(listen -> shown.put("listen", listen.toString()));
    shown.put("names", admin.names());
    admin
        .tls()
        .ifPresent(tls ->
            shown.put(
                "tls",
                Map.of("certificate", tls.certificate().toString(), "key", tls.key().toString())));
    shown.put("plugin_install", admin.pluginInstall());
    return shown;
  }

  private static Map<String, Object> snapshots(SnapshotsConfig snapshots) {
    Map<String, Object> hooks = new LinkedHashMap<>();
    for (HookConfig hook : snapshots.hooks()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("command", hook.command());
      one.put("volumes", hook.volumes());
      one.put("limit", written(hook.limit()));
      one.put("required", hook.required());
      hooks.put(hook.name(), one);
    }
    return Map.of("hooks", hooks);
  }

  private static Map<String, Object> stores(GatewayConfig config) {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (StoreConfig store : config.stores())
      shown.put(store.name(), withKind(store.kind(), Plain.shown(store.settings())));
    return shown;
  }

  private static Map<String, Object> modules(GatewayConfig config) {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (ModuleConfig module : config.modules())
      shown.put(module.name(), withKind(module.kind(), Plain.shown(module.settings())));
    return shown;
  }

  private static Map<String, Object> volumes(GatewayConfig config) {
    Map<String, Object> shown = new LinkedHashMap<>();
    for (VolumeConfig volume : config.volumes()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("store", volume.store());
      one.put("size", volume.sizeBytes());
      shown.put(volume.name(), one);
    }
    return shown;
  }

  private static Map<String, Object> withKind(String kind, Object settings) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("kind", kind);
    if (settings instanceof Map<?, ?> map)
      map.forEach((key, value) -> shown.put(String.valueOf(key), value));
    return shown;
  }

  /** As the file takes it. */
  private static String written(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }
}
