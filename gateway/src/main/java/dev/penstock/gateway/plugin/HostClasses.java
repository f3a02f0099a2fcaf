package dev.penstock.gateway.plugin;

/**
 * All that a plugin sees of the process that it runs in: the JDK, and what {@link LentPackages}
 * says. The gateway's own classes and libraries are not there, so no plugin can come to need them.
 */
final class HostClasses extends ClassLoader {
  private final ClassLoader host;

  HostClasses(ClassLoader host) {
    super("penstock-host", ClassLoader.getPlatformClassLoader());
    this.host = host;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (LentPackages.holdsClass(name)) return host.loadClass(name);
    throw new ClassNotFoundException(
        "%s: a plugin brings its own libraries, in lib/".formatted(name));
  }
}
