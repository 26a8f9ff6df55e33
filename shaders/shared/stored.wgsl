// What only products read may be stored in 16 bits a number (HALF).
#if HALF
enable f16;
alias Stored = vec4h;
#else
alias Stored = vec4f;
#end
