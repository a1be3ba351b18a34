package org.elasticsearch.plugins;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.Version;
import org.elasticsearch.common.settings.Settings;

/** Plugins by their classes instead of a plugins folder. In this package, since plugins load package-privately. */
public final class GivenPlugins extends PluginsService {
    private List<LoadedPlugin> given;

    public GivenPlugins(Settings settings, List<Class<? extends Plugin>> classes) {
        super(settings, null, noFolder());
        List<LoadedPlugin> made = new ArrayList<>();
        for (Class<? extends Plugin> type : classes) {
            String name = type.getName();
            PluginDescriptor said = new PluginDescriptor(name, name, "1", Version.CURRENT.toString(), "17", name,
                null, List.of(), false, false, false, false);
            made.add(new LoadedPlugin(said, loadPlugin(type, settings, null), type.getClassLoader()));
        }
        given = List.copyOf(made);
    }

    public static PluginsLoader noFolder() {
        return PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false);
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        return given == null ? List.of() : given; // the parent's constructor asks too
    }
}
