package dev.penstock.volumes;

import static org.awaitility.Awaitility.await;

import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeStore;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin can be replaced while the gateway runs only if nothing holds its classes. */
class UnloadingTest {
  @TempDir private Path directory;

  @Test
  void nothingHoldsThePluginsClassesOnceItsStoreIsClosed() throws Exception {
    WeakReference<ClassLoader> loader = useAndClose();

    await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> {
          System.gc();
          return loader.refersTo(null);
        });
  }

  /** On this thread, as on a host's worker, which lives on. */
  private WeakReference<ClassLoader> useAndClose() throws Exception {
    try (var loader = new PluginLoader(Path.of("target", "classes").toUri().toURL())) {
      var store =
          (VolumeStore)
              loader
                  .loadClass("dev.penstock.volumes.SparseFileStore")
                  .getDeclaredConstructor()
                  .newInstance();
      store.open(
          FakeStoreContext.of(
              "disk", TestSettings.block("s", Map.of("path", directory.resolve("store")))));
      store.create("demo", 1 << 20);
      try (Volume volume = store.openVolume("demo")) {
        volume.write(0, ByteBuffer.allocate(4096));
        volume.writeDurably(0, ByteBuffer.allocateDirect(4096));
        volume.flush();
        volume.readNow(0, ByteBuffer.allocateDirect(4096));
        volume.trim(0, 4096);
        volume.resize(2 << 20);
        volume.extents(0, 2 << 20, _ -> true);
        volume.regions(0, 4096).forEach(region -> region.close());
      }
      store.close();
      return new WeakReference<>(loader);
    }
  }

  /** Has classes of the plugin's own, and everything else from the host. */
  private static final class PluginLoader extends URLClassLoader {
    PluginLoader(URL classes) throws IOException {
      super(new URL[] {classes}, UnloadingTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("dev.penstock.volumes.")) return super.loadClass(name, resolve);
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }
}
