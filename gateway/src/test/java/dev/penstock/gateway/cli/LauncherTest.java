package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/penstock}, with Javas that only say how they were called. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("src/main/dist/bin/penstock").toAbsolutePath();

  @TempDir Path temp;

  private Path home = Path.of("/");

  @BeforeEach
  void copyIntoAFolderWithSpaces() throws IOException {
    home = temp.resolve("a home");
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.copy(SCRIPT, home.resolve("bin/penstock"));
    executable(home.resolve("bin/penstock"));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A Java that writes its own name, its process and its arguments. */
  private Path java(String name, String version) throws IOException {
    Path java = temp.resolve("jvm").resolve(name);
    Files.createDirectories(java.resolve("bin"));
    Files.writeString(
        java.resolve("bin/java"),
        "#!/bin/sh\necho \"java=%s\"\necho \"pid=$$\"\nfor a in \"$@\"; do echo \"[$a]\"; done\n"
            .formatted(name));
    executable(java.resolve("bin/java"));
    if (!version.isEmpty())
      Files.writeString(
          java.resolve("release"),
          "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
    return java;
  }

  private record Ended(int exit, String text, long pid) {}

  private Ended start(Map<String, String> environment, Path script, String... arguments)
      throws Exception {
    var command = new ProcessBuilder();
    command.command().add(script.toString());
    command.command().addAll(List.of(arguments));
    Map<String, String> all = new HashMap<>(environment);
    all.putIfAbsent("PATH", "/usr/bin:/bin");
    all.putIfAbsent("PENSTOCK_JVM_FOLDER", temp.resolve("jvm").toString());
    command.environment().clear();
    command.environment().putAll(all);
    command.directory(temp.toFile()).redirectErrorStream(true);
    Process process = command.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), text, process.pid());
  }

  private Ended start(Map<String, String> environment, String... arguments) throws Exception {
    return start(environment, home.resolve("bin/penstock"), arguments);
  }

  @Test
  void findsTheJavaThatIsNewEnoughAmongThoseInstalled() throws Exception {
    java("java-17", "17.0.2");
    java("temurin-25", "25.0.1");
    java("zulu-8", "1.8.0_402");

    assertThat(start(Map.of(), "status").text()).contains("java=temurin-25\n");
  }

  @Test
  void takesJavaHomeBeforeOthersButNotIfItIsOld() throws Exception {
    java("a-25", "25");
    Path own = java("own", "25.0.1");
    Path old = java("old", "17.0.1");

    assertThat(start(Map.of("JAVA_HOME", own.toString()), "status").text()).contains("java=own\n");
    assertThat(start(Map.of("JAVA_HOME", old.toString()), "status").text()).contains("java=a-25\n");
  }

  @Test
  void aJavaThatWasNamedIsTheOnlyOneThatCounts() throws Exception {
    java("a-25", "25");
    Path old = java("old", "17.0.1");

    Ended refused = start(Map.of("PENSTOCK_JAVA_HOME", old.toString()), "status");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.text()).contains("PENSTOCK_JAVA_HOME is " + old).hasLineCount(1);
  }

  @Test
  void theJavaOnThePathIsFoundThroughItsLink() throws Exception {
    Path own = java("own", "26-ea");
    Path bin = Files.createDirectories(temp.resolve("links"));
    Files.createSymbolicLink(bin.resolve("java"), own.resolve("bin/java"));

    Ended ended =
        start(
            Map.of(
                "PATH",
                bin + ":/usr/bin:/bin",
                "PENSTOCK_JVM_FOLDER",
                temp.resolve("x").toString()),
            "status");
    assertThat(ended.text()).contains("java=own\n");
  }

  @Test
  void withoutAJavaOneLineSaysWhatToInstall() throws Exception {
    java("java-17", "17.0.2");
    java("nameless", "");

    Ended refused = start(Map.of(), "run", "x.yaml");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.text()).startsWith("penstock: needs Java 25: install").hasLineCount(1);
  }

  @Test
  void comparesJavasWithoutAProgramThatASmallSystemLacks() throws Exception {
    Path java = java("temurin-25", "25.0.1");
    Path few = Files.createDirectories(temp.resolve("few"));
    for (String tool : List.of("readlink", "dirname"))
      Files.createSymbolicLink(few.resolve(tool), Path.of("/usr/bin", tool));
    Path cache = home.resolve("lib/client.aot");
    Files.createFile(cache);
    Files.copy(java.resolve("release"), home.resolve("lib/client.aot.java"));

    assertThat(start(Map.of("PATH", few.toString()), "status").text())
        .contains("[-XX:AOTCache=" + cache + "]")
        .doesNotContain("not found");
    Files.writeString(home.resolve("lib/client.aot.java"), "");
    Files.writeString(java.resolve("release"), "JAVA_VERSION=25\n");
    assertThat(start(Map.of("PATH", few.toString()), "status").text()).doesNotContain("AOTCache");
  }

  @Test
  void becomesTheJavaSoThatSignalsReachIt() throws Exception {
    java("temurin-25", "25.0.1");

    Ended ended = start(Map.of(), "status");
    assertThat(ended.text()).contains("pid=" + ended.pid() + "\n");
  }

  @Test
  void argumentsArriveAsTheyWere() throws Exception {
    java("temurin-25", "25.0.1");

    assertThat(start(Map.of(), "volume", "show", "a b", "", "*").text())
        .endsWith("[dev.penstock.gateway.Main]\n[volume]\n[show]\n[a b]\n[]\n[*]\n")
        .contains("[-Dpenstock.home=" + home + "]");
  }

  @Test
  void worksThroughALinkFromAnywhere() throws Exception {
    java("temurin-25", "25.0.1");
    Path link = Files.createSymbolicLink(temp.resolve("penstock"), home.resolve("bin/penstock"));

    assertThat(start(Map.of(), link, "status").text()).contains("[-Dpenstock.home=" + home + "]");
  }

  @Test
  void theDaemonGetsRoomAndTheClientStartsFast() throws Exception {
    java("temurin-25", "25.0.1");
    var options = Map.of("PENSTOCK_JAVA_OPTS", "-Xmx1g -XX:+UseZGC");

    assertThat(start(options, "--socket", "run", "run", "x.yaml").text())
        .contains("[-XX:MaxDirectMemorySize=512m]", "[-XX:+ExitOnOutOfMemoryError]")
        .contains("[-Xmx256m]")
        .contains("[-Xmx1g]\n[-XX:+UseZGC]")
        .doesNotContain("UseSerialGC")
        .contains("[--enable-native-access=ALL-UNNAMED]");
    assertThat(start(options, "--socket", "run", "status").text())
        .contains("[-XX:TieredStopAtLevel=1]")
        .doesNotContain("-Xmx1g")
        .doesNotContain("MaxDirectMemorySize");
  }

  @Test
  void aStartupCacheIsUsedByTheJavaThatMadeIt() throws Exception {
    Path made = java("temurin-25", "25.0.1");
    Path cache = home.resolve("lib/client.aot");
    Files.writeString(cache, "classes");

    Files.copy(made.resolve("release"), home.resolve("lib/client.aot.java"));
    assertThat(start(Map.of(), "status").text()).contains("[-XX:AOTCache=" + cache + "]");
    assertThat(start(Map.of(), "run", "x.yaml").text()).doesNotContain("AOTCache");

    java("temurin-25", "25.0.2");
    assertThat(start(Map.of(), "status").text()).doesNotContain("AOTCache");
  }
}
