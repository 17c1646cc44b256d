using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static SQLitePCL.raw;

namespace Loyalty.Storage.Sqlite;

/// <summary>
/// SQLite's own file system, but what is appended to a write-ahead log is gathered and given to the system in one call instead of two for each page: those
/// calls were a quarter of the writer's time. And the log is synchronized without the time of its last change, as PostgreSQL does and as SQLite does where it was
/// built with <c>fdatasync</c>; the library that comes with .NET's package was not.
/// </summary>
/// <remarks>
/// A commit under <c>synchronous=FULL</c> writes its pages, synchronizes the log and only then names them in the log's index, by which every reader, of this
/// process or another, and every check point finds them (sqlite3WalFrames). What is gathered is therefore written before the log is synchronized, and before
/// this connection reads it, asks for its size or cuts it; nobody else looks for it before. Under <c>synchronous=NORMAL</c> a commit is named without being
/// synchronized: such connections must not use this.
/// </remarks>
internal static unsafe class BufferedLog
{
    /// <summary>What is gathered at most, bytes. SQLite writes at most 128 KB less one byte in one call; 31 pages of 4 KB with their headers are less.</summary>
    private const int Room = 31 * (4096 + 24);

    private static readonly Lock Gate = new();

    private static readonly byte* OwnName = (byte*)Marshal.StringToCoTaskMemUTF8("loyalty-buffered-log");

    private static readonly bool IsThere = TryRegister();
    private static FileSystem* _system;
    private static FileMethods* _plain;
    private static FileMethods* _buffered;

    /// <summary>The file system to open a connection with; null: SQLite's own, because this one is not known to fit it.</summary>
    public static string? Name => IsThere ? "loyalty-buffered-log" : null;

    /// <summary>Once in a process, after SQLite was initialized. What is made here stays: connections may use it as long as the process lives.</summary>
    private static bool TryRegister()
    {
        FileSystem* system = Find(null);
        if (system == null || system->Version != FileSystem.KnownVersion)
        {
            return false;
        }

        FileSystem* own = (FileSystem*)NativeMemory.Alloc((nuint)sizeof(FileSystem));
        *own = *system;
        own->Name = OwnName;
        own->Next = null;
        own->FileSize = OwnPart(system->FileSize) + sizeof(Gathered);
        own->Open = &Open;
        _system = system;
        return Register(own, 0) == SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(FileSystem* own, byte* name, OpenFile* file, int flags, int* outFlags)
    {
        int code = _system->Open(_system, name, file, flags, outFlags);
        if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0 || file->Methods == null || file->Methods->Version != FileMethods.KnownVersion)
        {
            return code;
        }

        FileMethods* buffered = MethodsOver(file->Methods);
        if (buffered != null)
        {
            *GatheredOf(file) = new Gathered { Bytes = (byte*)NativeMemory.Alloc(Room), Data = DataSync.Open(name) };
            file->Methods = buffered;
        }

        return code;
    }

    /// <summary>All logs have the same methods; null: these are others.</summary>
    private static FileMethods* MethodsOver(FileMethods* plain)
    {
        lock (Gate)
        {
            if (_plain == null)
            {
                _buffered = (FileMethods*)NativeMemory.Alloc((nuint)sizeof(FileMethods));
                *_buffered = *plain;
                _buffered->Close = &Close;
                _buffered->Read = &Read;
                _buffered->Write = &Write;
                _buffered->Truncate = &Truncate;
                _buffered->Sync = &Sync;
                _buffered->Size = &Size;
                _plain = plain;
            }

            return _plain == plain ? _buffered : null;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(OpenFile* file, byte* bytes, int count, long offset)
    {
        Gathered* gathered = GatheredOf(file);
        if (offset != gathered->Offset + gathered->Count || gathered->Count + count > Room)
        {
            int code = Flush(file);
            if (code != SQLITE_OK || count > Room)
            {
                return code != SQLITE_OK ? code : _plain->Write(file, bytes, count, offset);
            }

            gathered->Offset = offset;
        }

        Buffer.MemoryCopy(bytes, gathered->Bytes + gathered->Count, Room - gathered->Count, count);
        gathered->Count += count;
        return SQLITE_OK;
    }

    /// <summary>What could not be written is not tried again: SQLite hears of it before the commit that it belongs to, and gives that up.</summary>
    private static int Flush(OpenFile* file)
    {
        Gathered* gathered = GatheredOf(file);
        int count = gathered->Count;
        gathered->Count = 0;
        return count == 0 ? SQLITE_OK : _plain->Write(file, gathered->Bytes, count, gathered->Offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(OpenFile* file, int flags)
    {
        int code = Flush(file);
        if (code != SQLITE_OK)
        {
            return code;
        }

        Gathered* gathered = GatheredOf(file);
        if (gathered->IsNamed && gathered->Data != DataSync.None)
        {
            return DataSync.TrySync(gathered->Data) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
        }

        // The first one is SQLite's: it also synchronizes the folder, which names the file.
        code = _plain->Sync(file, flags);
        gathered->IsNamed = code == SQLITE_OK;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(OpenFile* file, byte* into, int count, long offset)
    {
        int code = Flush(file);
        return code != SQLITE_OK ? code : _plain->Read(file, into, count, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(OpenFile* file, long size)
    {
        int code = Flush(file);
        return code != SQLITE_OK ? code : _plain->Truncate(file, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Size(OpenFile* file, long* size)
    {
        int code = Flush(file);
        return code != SQLITE_OK ? code : _plain->Size(file, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(OpenFile* file)
    {
        int flushed = Flush(file);
        NativeMemory.Free(GatheredOf(file)->Bytes);
        DataSync.Close(GatheredOf(file)->Data);
        int code = _plain->Close(file);
        return code != SQLITE_OK ? code : flushed;
    }

    private static Gathered* GatheredOf(OpenFile* file) => (Gathered*)((byte*)file + OwnPart(_system->FileSize));

    /// <summary>Where our part of an open file begins: behind SQLite's, on a whole word.</summary>
    private static int OwnPart(int size) => (size + 7) & ~7;

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern FileSystem* Find(byte* name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int Register(FileSystem* system, int asDefault);

    /// <summary>Our part of an open log: bytes that follow each other, and how it is synchronized.</summary>
    private struct Gathered
    {
        public byte* Bytes;
        public int Count;
        public long Offset;
        public int Data;
        public bool IsNamed;
    }

#pragma warning disable CS0649 // SQLite fills them in.
    /// <summary><c>sqlite3_file</c>.</summary>
    private struct OpenFile
    {
        public FileMethods* Methods;
    }

    /// <summary><c>sqlite3_vfs</c>; what is not called from here is only carried.</summary>
    private struct FileSystem
    {
        public const int KnownVersion = 3;
        public int Version;
        public int FileSize;
        public int MostPath;
        public FileSystem* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<FileSystem*, byte*, OpenFile*, int, int*, int> Open;
        public Carried15 Others;
    }

    /// <summary><c>sqlite3_io_methods</c>; what is not called from here is only carried.</summary>
    private struct FileMethods
    {
        public const int KnownVersion = 3;
        public int Version;
        public delegate* unmanaged[Cdecl]<OpenFile*, int> Close;
        public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<OpenFile*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<OpenFile*, long*, int> Size;
        public Carried12 Others;
    }

    // xDelete, xAccess, xFullPathname, xDlOpen, xDlError, xDlSym, xDlClose, xRandomness, xSleep, xCurrentTime, xGetLastError, xCurrentTimeInt64,
    // xSetSystemCall, xGetSystemCall, xNextSystemCall
    [InlineArray(15)]
    private struct Carried15
    {
        public nint First;
    }

    // xLock, xUnlock, xCheckReservedLock, xFileControl, xSectorSize, xDeviceCharacteristics, xShmMap, xShmLock, xShmBarrier, xShmUnmap, xFetch, xUnfetch
    [InlineArray(12)]
    private struct Carried12
    {
        public nint First;
    }
}
