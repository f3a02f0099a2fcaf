package dev.penstock.gateway.plugin;

import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginManager;

/** A plugin's own classes first, but for what the host lends: that is always the host's. */
final class PluginClasses extends PluginClassLoader {
  PluginClasses(PluginManager manager, PluginDescriptor plugin, ClassLoader host) {
    super(manager, plugin, host);
  }

  @Override
  protected boolean shouldDelegateToParent(String className) {
    return LentPackages.holdsClass(className);
  }
}
