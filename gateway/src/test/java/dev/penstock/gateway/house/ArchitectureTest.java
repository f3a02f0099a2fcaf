package dev.penstock.gateway.house;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may know whom. Reads the classes that the modules before this one have compiled. */
class ArchitectureTest {
  /** What the gateway lends to every plugin. */
  private static final String[] LENT = {
    "java..",
    "javax..",
    "dev.penstock.spi..",
    "io.vertx..",
    "io.netty..",
    "org.slf4j..",
    "org.pf4j..",
    "org.jspecify.."
  };

  private static final Map<Path, JavaClasses> READ = new ConcurrentHashMap<>();

  static Stream<String> modules() {
    return Stream.concat(Stream.of("spi", "gateway"), plugins().map(name -> "plugins/" + name));
  }

  static Stream<String> plugins() {
    return Repository.plugins().stream();
  }

  @Test
  void spiStandsOnVertxPf4jSlf4jAndJspecifyAlone() {
    noClasses()
        .should()
        .dependOnClassesThat(not(resideInAnyPackage(LENT)))
        .orShould()
        .dependOnClassesThat(resideInAnyPackage("io.netty..", "io.vertx.core.internal.."))
        .because("what the SPI brings, every plugin author gets")
        .check(classes("spi"));
  }

  @Test
  void gatewayKnowsNoPlugin() {
    for (String plugin : Repository.plugins())
      noClasses()
          .should()
          .dependOnClassesThat(resideInAPackage("dev.penstock." + plugin + ".."))
          .because("plugins come and go while the gateway runs")
          .check(classes("gateway"));
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void pluginsKnowTheSpiOnly(String plugin) {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.penstock..")
                .and(
                    not(resideInAnyPackage("dev.penstock.spi..", "dev.penstock." + plugin + ".."))))
        .because("what two plugins share is in the SPI, or it is not shared")
        .check(classes("plugins/" + plugin));
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void pluginsStayInTheirOwnPackages(String plugin) {
    assertThat(classes("plugins/" + plugin))
        .allMatch(one -> one.getPackageName().startsWith("dev.penstock." + plugin));
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void pluginsStartNothingThatOutlivesThem(String plugin) {
    noClasses()
        .should()
        .callConstructor(Thread.class)
        .orShould()
        .callConstructor(Thread.class, Runnable.class)
        .orShould()
        .callMethod(Thread.class, "ofVirtual")
        .orShould()
        .callMethod(Thread.class, "ofPlatform")
        .orShould()
        .callMethod(Thread.class, "startVirtualThread", Runnable.class)
        .orShould()
        .callMethod(Runtime.class, "addShutdownHook", Thread.class)
        .orShould()
        .callMethodWhere(
            JavaCall.Predicates.target(
                HasName.Predicates.nameMatching("registerDefaultCodec|supplyAsync|runAsync")))
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(
            Timer.class,
            Executors.class,
            ForkJoinPool.class,
            ThreadPoolExecutor.class,
            ThreadLocal.class)
        .because("each of them keeps the plugin's classes in memory after it was unloaded")
        .check(classes("plugins/" + plugin));
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void nettyAndVertxInternalsStayAtTheWire(String plugin) {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "dev.penstock.nbd..",
                    "dev.penstock.replication.flow..",
                    "dev.penstock.p2p.socket..")))
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.netty..", "io.vertx.core.internal.."))
        .because("neither is API: a plugin that touches them moves with their versions")
        .allowEmptyShould(true)
        .check(classes("plugins/" + plugin));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void foreignFunctionsHaveOneHome(String module) {
    List<String> homes =
        classes(module).stream()
            .filter(one ->
                one.getDirectDependenciesFromSelf().stream()
                    .anyMatch(
                        d -> d.getTargetClass().getPackageName().startsWith("java.lang.foreign")))
            .map(one -> one.getPackageName())
            .distinct()
            .toList();

    assertThat(homes)
        .as("java.lang.foreign stays in one package of each module that needs it")
        .isEqualTo(
            switch (module) {
              case "plugins/volumes" -> List.of("dev.penstock.volumes.linux");
              case "plugins/p2p" -> List.of("dev.penstock.p2p.disk");
              case "gateway" -> List.of("dev.penstock.gateway.listen");
              default -> List.of();
            });
  }

  @ParameterizedTest
  @MethodSource("modules")
  void packagesDoNotGoInCircles(String module) {
    String name = module.replace("plugins/", "");
    slices()
        .matching("dev.penstock." + name + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(classes(module));
  }

  private static JavaClasses classes(String module) {
    Path folder = Repository.root().resolve(module).resolve("target/classes");
    assertThat(Files.isDirectory(folder))
        .as("%s has no classes: run mvn verify for all modules, not for this one alone", module)
        .isTrue();
    JavaClasses classes = READ.computeIfAbsent(folder, new ClassFileImporter()::importPath);
    assertThat(classes).as("classes of %s", module).isNotEmpty();
    return classes;
  }
}
