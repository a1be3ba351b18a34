package org.elasticsearch.node;

import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.plugins.GivenPlugins;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/**
 * One node on loopback: {@code TestNode HOME PORT}, port 0 for any free one.
 *
 * <p>It writes its port to HOME/port once it answers, and stays as long as somebody holds the pipe HOME/hold
 * open for writing, so that it never outlives the tests; then it removes HOME. In this package, since a node is put together so.
 */
public final class TestNode extends Node {
    private TestNode(Environment environment) {
        super(NodeConstruction.prepareConstruction(environment, GivenPlugins.noFolder(), new Services(), true));
    }

    private static final class Services extends NodeServiceProvider {
        @Override
        PluginsService newPluginService(Environment environment, PluginsLoader loader) {
            return new GivenPlugins(environment.settings(), List.of(Netty4Plugin.class, Greeting.class));
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Settings settings = settings(home, arguments[1]);
        LogConfigurator.configureWithoutConfig(settings);
        LogConfigurator.configureESLogging();
        try (TestNode node = new TestNode(new Environment(settings, home.resolve("config")))) {
            node.start();
            tellPort(home, node);
            try (InputStream held = new FileInputStream(home.resolve("hold").toFile())) {
                held.transferTo(OutputStream.nullOutputStream());
            }
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        }
        IOUtils.rm(home);
        System.exit(0);
    }

    private static Settings settings(Path home, String port) {
        return Settings.builder()
            .put("path.home", home.toString())
            .put("path.repo", home.resolve("snapshots").toString())
            .put("cluster.name", "jargonwatch-tests")
            .put("node.name", "tests")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("action.destructive_requires_name", false)
            .put("node.processors", 2)
            .build();
    }

    private static void tellPort(Path home, Node node) throws Exception {
        int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
        Path written = Files.writeString(home.resolve("port.new"), Integer.toString(port));
        Files.move(written, home.resolve("port"), StandardCopyOption.ATOMIC_MOVE);
    }
}
