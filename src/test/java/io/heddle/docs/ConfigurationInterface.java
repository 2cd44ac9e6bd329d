package io.heddle.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A {@code @ConfigMapping} interface as its source says it: Javadoc is not in the class file.
 *
 * @param prefix what the names of its properties begin with
 * @param description its Javadoc, in Markdown
 */
record ConfigurationInterface(String prefix, String description, List<Property> properties) {

    /** One property; its default value is empty when it has none. */
    record Property(String name, String type, String defaultValue, String description) {}

    /** Every {@code @ConfigMapping} interface in these files, in their order. */
    static List<ConfigurationInterface> read(List<Path> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            DocTrees documentation = DocTrees.instance(task);
            List<ConfigurationInterface> found = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                new Reader(documentation, unit).mapping().ifPresent(found::add);
            }
            return found;
        }
    }

    /** Reads one file. */
    private record Reader(DocTrees documentation, CompilationUnitTree unit) {

        Optional<ConfigurationInterface> mapping() {
            ClassTree type = (ClassTree) unit.getTypeDecls().get(0);
            TreePath path = new TreePath(new TreePath(unit), type);
            return argument(type.getModifiers(), "ConfigMapping").map(prefix -> {
                List<Property> properties = new ArrayList<>();
                collect(prefix, path, properties);
                return new ConfigurationInterface(prefix, description(path), properties);
            });
        }

        private void collect(String prefix, TreePath group, List<Property> properties) {
            List<? extends Tree> members = ((ClassTree) group.getLeaf()).getMembers();
            for (Tree member : members) {
                if (!(member instanceof MethodTree method)
                        || !method.getParameters().isEmpty()
                        || method.getBody() != null) {
                    continue;
                }
                String name = prefix + "."
                        + argument(method.getModifiers(), "WithName")
                                .orElseGet(() -> kebab(method.getName().toString()));
                String type = method.getReturnType().toString();
                Optional<TreePath> nested = nested(type);
                if (nested.isPresent() && nested.get().getLeaf().getKind() == Tree.Kind.INTERFACE) {
                    collect(name, nested.get(), properties);
                } else {
                    properties.add(new Property(
                            name,
                            type(type, nested),
                            argument(method.getModifiers(), "WithDefault").orElse(""),
                            description(new TreePath(group, method))));
                }
            }
        }

        private Optional<TreePath> nested(String type) {
            TreePath outer =
                    new TreePath(new TreePath(unit), unit.getTypeDecls().get(0));
            return ((ClassTree) outer.getLeaf())
                    .getMembers().stream()
                            .filter(member -> member instanceof ClassTree candidate
                                    && candidate.getSimpleName().contentEquals(type))
                            .map(member -> new TreePath(outer, member))
                            .findFirst();
        }

        private static String type(String type, Optional<TreePath> nested) {
            if (nested.isPresent()) {
                return ((ClassTree) nested.get().getLeaf())
                        .getMembers().stream()
                                .filter(VariableTree.class::isInstance)
                                .map(member -> ((VariableTree) member).getName().toString())
                                .map(constant ->
                                        constant.toLowerCase(Locale.ROOT).replace('_', '-'))
                                .map(constant -> "`" + constant + "`")
                                .collect(Collectors.joining(", "));
            }
            String plain = type.replaceAll("Optional<(.*)>", "$1");
            boolean list = plain.startsWith("List<") || plain.startsWith("Set<");
            String element = plain.replaceAll("(?:List|Set)<(.*)>", "$1");
            String word =
                    switch (element) {
                        case "String" -> "text";
                        case "Path" -> "path";
                        case "Duration" -> "duration";
                        case "boolean", "Boolean" -> "boolean";
                        case "int", "long", "Integer", "Long", "OptionalInt", "OptionalLong", "double" -> "number";
                        case "MemorySize" -> "size";
                        case "Map<String, String>" -> "map of text";
                        default -> element;
                    };
            return list ? "list of " + word : word;
        }

        private String description(TreePath path) {
            DocCommentTree comment = documentation.getDocCommentTree(path);
            if (comment == null) {
                throw new AssertionError("no Javadoc: " + path.getLeaf());
            }
            return comment.getFullBody().stream()
                    .map(Reader::markdown)
                    .collect(Collectors.joining())
                    .replaceAll("\\s+", " ")
                    .strip();
        }

        private static String markdown(DocTree tree) {
            if (tree instanceof LiteralTree literal) {
                return "`" + literal.getBody().getBody() + "`";
            }
            if (tree instanceof LinkTree link) {
                return "`" + link.getReference().getSignature().replace('#', '.') + "`";
            }
            return switch (tree.getKind()) {
                case START_ELEMENT, END_ELEMENT -> " ";
                default -> tree.toString();
            };
        }

        /** The text that an annotation carries, whether it is named or not. */
        private static Optional<String> argument(ModifiersTree modifiers, String annotation) {
            return modifiers.getAnnotations().stream()
                    .filter(candidate ->
                            candidate.getAnnotationType().toString().equals(annotation))
                    .map(AnnotationTree::getArguments)
                    .flatMap(List::stream)
                    .map(argument -> argument instanceof AssignmentTree named ? named.getExpression() : argument)
                    .map(Reader::text)
                    .findFirst();
        }

        private static String text(ExpressionTree expression) {
            return String.valueOf(((com.sun.source.tree.LiteralTree) expression).getValue());
        }

        private static String kebab(String name) {
            return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
        }
    }
}
