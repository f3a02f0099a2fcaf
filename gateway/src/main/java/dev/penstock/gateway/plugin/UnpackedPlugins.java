package dev.penstock.gateway.plugin;

import dev.penstock.spi.SpiVersion;
import java.nio.file.Path;
import org.pf4j.DefaultPluginLoader;
import org.pf4j.DefaultPluginManager;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginLoader;
import org.pf4j.PluginStatusProvider;

/**
 * PF4J with our rules: it loads folders that we unpacked, gives their classes {@link PluginClasses}
 * for a loader, and writes no files of its own. Not thread-safe.
 */
final class UnpackedPlugins extends DefaultPluginManager {
  UnpackedPlugins(Path work) {
    super(work);
    setSystemVersion(SpiVersion.CURRENT); // at PF4J's 0.0.0 nothing is compared
  }

  @Override
  protected PluginLoader createPluginLoader() {
    // Not the application's loader but a view of it: see HostClasses.
    var host = new HostClasses(UnpackedPlugins.class.getClassLoader());
    return new DefaultPluginLoader(this) {
      @Override
      protected PluginClasses createPluginClassLoader(Path folder, PluginDescriptor plugin) {
        return new PluginClasses(pluginManager, plugin, host);
      }
    };
  }

  /** Which plugins are wanted is for the folder of archives to say. */
  @Override
  protected PluginStatusProvider createPluginStatusProvider() {
    return new PluginStatusProvider() {
      @Override
      public boolean isPluginDisabled(String id) {
        return false;
      }

      @Override
      public void disablePlugin(String id) {}

      @Override
      public void enablePlugin(String id) {}
    };
  }
}
