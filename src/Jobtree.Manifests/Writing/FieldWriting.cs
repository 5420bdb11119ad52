using Jobtree.Core.Json;
using Jobtree.Manifests.Reading;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes fields, and leaves out those whose value is absent or the default.</summary>
internal static class FieldWriting
{
    extension(IManifestSink sink)
    {
        public void Field(string name, string? text)
        {
            if (text is null)
                return;
            sink.Name(name);
            sink.Text(text);
        }

        public void Field(string name, long number)
        {
            sink.Name(name);
            sink.Number(number);
        }

        public void Field(string name, long? number)
        {
            if (number is { } given)
                sink.Field(name, given);
        }

        public void Field(string name, double number)
        {
            sink.Name(name);
            sink.Number(number);
        }

        public void Field(string name, double? number)
        {
            if (number is { } given)
                sink.Field(name, given);
        }

        public void Field(string name, bool flag)
        {
            sink.Name(name);
            sink.Flag(flag);
        }

        public void Field(string name, DateTimeOffset? time) =>
            sink.Field(name, time is { } given ? Timestamp.Format(given) : null);

        public void Field(string name, TimeSpan? duration) =>
            sink.Field(name, duration is { } given ? Duration.Format(given) : null);

        public void FieldUnless<T>(string name, T value, T absent, Words<T> words)
            where T : struct, Enum => sink.Field(name, value.Equals(absent) ? null : words[value]);

        public void FieldUnlessZero(string name, long number)
        {
            if (number != 0)
                sink.Field(name, number);
        }

        public void Section<T>(string name, T? value, Action<IManifestSink, T> write)
            where T : class
        {
            if (value is null)
                return;
            sink.Name(name);
            sink.Object(value, write);
        }

        public void Object<T>(T value, Action<IManifestSink, T> write)
        {
            sink.StartObject();
            write(sink, value);
            sink.EndObject();
        }

        public void Objects<T>(string name, IReadOnlyList<T> items, Action<IManifestSink, T> write)
        {
            if (items.Count == 0)
                return;
            sink.Name(name);
            sink.StartList();
            foreach (var item in items)
                sink.Object(item, write);
            sink.EndList();
        }

        public void Texts(string name, IReadOnlyList<string> items)
        {
            if (items.Count == 0)
                return;
            sink.Name(name);
            sink.StartList();
            foreach (var item in items)
                sink.Text(item);
            sink.EndList();
        }

        /// <summary>Writes a map sorted by key.</summary>
        public void Map(string name, IReadOnlyDictionary<string, string>? map)
        {
            if (map is null)
                return;
            sink.Name(name);
            sink.StartObject();
            foreach (var (key, value) in map.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                sink.Field(key, value);
            sink.EndObject();
        }
    }
}
