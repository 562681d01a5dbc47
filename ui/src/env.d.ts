/// <reference types="vite/client" />
import 'vue';

// Attributes of HTML that Vue's types don't know yet.
declare module 'vue' {
  interface HTMLAttributes {
    popover?: boolean | '' | 'auto' | 'manual';
  }
  interface ButtonHTMLAttributes {
    popovertarget?: string;
  }
}
